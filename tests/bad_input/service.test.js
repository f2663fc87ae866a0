// The RPCs that only the edge calls, with its secret key: bad arguments are its mistake to hear of, and nobody else may try.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { denied, refused } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { guestCheckout, product, shippingMethod, shop, stockOf } from '../helpers/shop.js'
import { HOSTILE, LONG, NO_JSON_OBJECT, NO_NUMBER, NO_UUID, refusesEvery } from './refusals.js'

const visitor = anonymous()
let person, thing, order, payment, untouched, paymentMethods

async function world() {
  return {
    order: data(await shop.from('orders').select('*').eq('id', order.id).single()),
    payments: data(await shop.from('payments').select('*').eq('order_id', order.id)),
    stock: await stockOf(thing.id)
  }
}

before(async () => {
  person = await customer()
  thing = await product({ stock: 5 })
  const setting = shop.from('system_settings').select('value').eq('key', 'checkout.payment_methods').single()
  paymentMethods = data(await setting).value
  data(await shop.rpc('admin_update_settings', { changes: { 'checkout.payment_methods': ['cod', 'payment_link', 'stripe'] } }))
  data(await shop.rpc('announce_payment_methods', { methods: ['stripe'] }))
  const { guest_email, ...mine } = guestCheckout(await shippingMethod(), [thing])
  order = data(await person.client.rpc('place_order', { ...mine, payment_method: 'stripe' }))
  payment = data(await shop.from('payments').select('id').eq('order_id', order.id).single())
  untouched = await world()
})

after(async () => {
  data(await shop.rpc('admin_update_settings', { changes: { 'checkout.payment_methods': paymentMethods } }))
  assert.deepEqual(await world(), untouched, 'what was refused has changed nothing')
})

const nothing = answer => assert.equal(answer, null)

const good = {
  start_payment: () => ({ order_id: order.id, provider: 'stripe', user_id: person.id, guest_token: null }),
  set_payment_reference: () => ({ payment_id: payment.id, provider_reference: 'pi_x', url: null, replaces: null }),
  payment_link_target: () => ({ payment_id: payment.id }),
  record_payment_event: () => ({
    provider: 'stripe', event_id: `evt_${crypto.randomUUID()}`, event_type: 'payment_intent.created', outcome: 'ignored',
    payload: {}, order_id: order.id, order_number: null, provider_reference: null, amount: null, currency: null
  }),
  record_refund_event: () => ({
    provider: 'stripe', event_id: `evt_${crypto.randomUUID()}`, event_type: 'refund.updated', outcome: 'succeeded', payload: {},
    provider_reference: `pi_${crypto.randomUUID()}`, refund_reference: `re_${crypto.randomUUID()}`, amount: 1, currency: 'mad',
    refund_id: null, reason: null, error: null
  }),
  announce_payment_methods: () => ({ methods: ['stripe'] }),
  record_refusals: () => ({ events: [] }),
  announce_uploads: () => ({ paths: ['a/b.png'] }),
  claim_storage_removals: () => ({ max_paths: 1 }),
  confirm_storage_removals: () => ({ paths: ['a/b.png'] })
}

// One text where a list of texts belongs is not here: some servers take it for a list of one.
const bad = [
  ['start_payment', 'order_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['start_payment', 'provider', [null, '', 'cod', 'Stripe', 7, {}, [], LONG, ...HOSTILE]],
  ['start_payment', 'user_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['set_payment_reference', 'payment_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['set_payment_reference', 'provider_reference', ['', LONG, HOSTILE[1], HOSTILE[4]]],
  ['set_payment_reference', 'url', ['', 'javascript:alert(1)', 'ftp://x', LONG, ...HOSTILE]],
  ['payment_link_target', 'payment_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['record_payment_event', 'provider', [null, '', 'cod', 'paypal', 7, {}, LONG, ...HOSTILE]],
  ['record_payment_event', 'event_id', [null, '', LONG, HOSTILE[1], HOSTILE[4]]],
  ['record_payment_event', 'event_type', [null, '', LONG, HOSTILE[1], HOSTILE[4]]],
  ['record_payment_event', 'outcome', [null, '', 'PAID', 'refunded', 7, {}, LONG, ...HOSTILE]],
  ['record_payment_event', 'payload', NO_JSON_OBJECT],
  ['record_payment_event', 'order_id', NO_UUID],
  ['record_payment_event', 'amount', [1.005, ...NO_NUMBER]],
  ['record_refund_event', 'provider', [null, '', 'cod', 'paypal', 7, {}, LONG, ...HOSTILE]],
  ['record_refund_event', 'event_id', [null, '', LONG, HOSTILE[1], HOSTILE[4]]],
  ['record_refund_event', 'event_type', [null, '', LONG, HOSTILE[1], HOSTILE[4]]],
  ['record_refund_event', 'outcome', [null, '', 'paid', 'SUCCEEDED', 7, {}, LONG, ...HOSTILE]],
  ['record_refund_event', 'payload', NO_JSON_OBJECT],
  ['record_refund_event', 'provider_reference', [null, '', LONG, HOSTILE[1], HOSTILE[4]]],
  ['record_refund_event', 'refund_reference', [null, '', LONG, HOSTILE[1], HOSTILE[4]]],
  ['record_refund_event', 'refund_id', NO_UUID],
  ['record_refund_event', 'amount', [1.005, ...NO_NUMBER]],
  ['announce_payment_methods', 'methods', [null, {}, [], ['paypal'], [''], [null], [LONG]]],
  ['record_refusals', 'events', [null, 'text', 7, true, {}, [null], [7], [{}], Array(1001).fill({ event_type: 'blocked' })]],
  ['announce_uploads', 'paths', [null, {}, [], [''], ['../x'], ['/x'], [LONG], Array(101).fill('a/b.png')]],
  ['claim_storage_removals', 'max_paths', [0, -1, 1001, 1.5, 1e10, ...NO_NUMBER]],
  ['confirm_storage_removals', 'paths', [null]]
]

/** Whose order it is, and where a link leads, is answered with nothing rather than an error. */
const saysNo = { start_payment: nothing, payment_link_target: nothing }

refusesEvery({ good, bad, saysNo, callerOf: () => shop })

describe('what only the edge may call', () => {
  for (const name of [...Object.keys(good), 'edge_configuration']) {
    test(`rpc/${name} is refused to visitors and customers`, async () => {
      for (const client of [visitor, person.client]) {
        denied(await client.rpc(name, good[name]?.() ?? {}))
      }
    })
  }

  test('rpc/require_admin answers admins alone', async () => {
    data(await shop.rpc('require_admin'))
    refused(await visitor.rpc('require_admin'), 401, 'unauthenticated')
    refused(await person.client.rpc('require_admin'), 403, 'forbidden')
  })
})
