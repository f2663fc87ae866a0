// Every RPC with arguments that are missing, null, of the wrong type, too large or hostile: the caller's error with a code,
// or an answer that says no. Never a 5xx, and nothing has changed.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { clientError } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { address, category, guestCheckout, product, shippingMethod, shop, stockOf, withoutLimits } from '../helpers/shop.js'
import { HOSTILE, LONG, NO_JSON_OBJECT, NO_NUMBER, NO_UUID, refusesEvery } from './refusals.js'

const visitor = anonymous()
let person, other, method, thing, order, guestOrder, untouched

async function world() {
  const count = async (table, column, value) =>
    data(await shop.from(table).select('*').eq(column, value)).length
  return {
    cart: data(await person.client.rpc('get_cart')),
    orders: await count('orders', 'user_id', person.id),
    order: data(await shop.from('orders').select('*').eq('id', order.id).single()),
    guestOrder: data(await shop.from('orders').select('*').eq('id', guestOrder.id).single()),
    lines: await count('order_items', 'product_id', thing.id),
    stock: await stockOf(thing.id),
    profile: data(await shop.from('user_profiles').select('*').eq('id', person.id).single()),
    role: data(await shop.from('user_profiles').select('role').eq('id', other.id).single())
  }
}

before(async () => {
  await withoutLimits()
  person = await customer({ name: 'Salma' })
  other = await customer()
  method = await shippingMethod()
  thing = await product({ stock: 50, category_id: (await category()).id })
  const { guest_email, ...mine } = guestCheckout(method, [thing])
  order = data(await person.client.rpc('place_order', mine))
  guestOrder = data(await visitor.rpc('place_order', guestCheckout(method, [thing])))
  data(await person.client.rpc('add_to_cart', { product_id: thing.id, quantity: 1 }))
  untouched = await world()
})

after(async () => {
  assert.deepEqual(await world(), untouched, 'what was refused has changed nothing')
})

/** Answers that say no without an error. */
const saysNo = {
  validate_coupon: answer => assert.equal(answer.valid, false),
  guest_order: answer => assert.equal(answer, null),
  cancel_guest_order: answer => assert.equal(answer, null),
  track_order: answer => assert.equal(answer.found, false)
}

const good = {
  place_order: () => guestCheckout(method, [thing]),
  add_to_cart: () => ({ product_id: thing.id, quantity: 1 }),
  set_cart_item: () => ({ product_id: thing.id, quantity: 1 }),
  sync_cart: () => ({ items: [] }),
  cancel_order: () => ({ order_id: order.id, reason: null }),
  guest_order: () => ({ order_number: guestOrder.order_number, guest_token: guestOrder.guest_token }),
  cancel_guest_order: () => ({
    order_number: guestOrder.order_number, guest_token: guestOrder.guest_token, reason: null
  }),
  track_order: () => ({ order_number: guestOrder.order_number, email: 'x@example.com' }),
  validate_coupon: () => ({ code: 'NONE', subtotal: 10 }),
  shipping_options: () => ({ country: 'MA', city: 'Fès', subtotal: 0 }),
  search_products: () => ({ q: 'thé' }),
  product_facets: () => ({ q: 'thé' }),
  related_products: () => ({ product_id: thing.id, max_results: 5 }),
  admin_adjust_stock: () => ({ product_id: thing.id, quantity: 1, reason: null }),
  admin_set_user_role: () => ({ user_id: other.id, role: 'customer' }),
  admin_update_settings: () => ({ changes: {} })
}

/** Who calls: someone whom the function would serve. */
const caller = {
  add_to_cart: () => person.client,
  set_cart_item: () => person.client,
  sync_cart: () => person.client,
  cancel_order: () => person.client,
  admin_adjust_stock: () => shop,
  admin_set_user_role: () => shop,
  admin_update_settings: () => shop
}

/** Function, argument, values that must be refused. */
const bad = [
  ['place_order', 'shipping_address', [...NO_JSON_OBJECT, {}, { full_name: 'A' }, { full_name: 7, line1: {}, city: [] }]],
  ['place_order', 'shipping_method_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['place_order', 'payment_method', [null, '', 7, {}, LONG, ...HOSTILE, 'COD']],
  ['place_order', 'items', ['text', 7, true, {}, [], [null], [7], ['x'], [[]], [{}], Array(2001).fill({}), [{ product_id: 'x', quantity: 1 }]]],
  ['place_order', 'coupon_code', [LONG, ...HOSTILE, 'NO-SUCH-CODE']],
  ['place_order', 'billing_address', ['text', 7, [], {}, { full_name: LONG, line1: 'x', city: 'y' }]],
  ['place_order', 'notes', [LONG, HOSTILE[1], HOSTILE[4]]],
  ['place_order', 'guest_email', [null, '', 'nobody', 'a@b', 'a b@example.com', 7, {}, `${LONG}@example.com`, ...HOSTILE]],
  ['place_order', 'guest_phone', ['call me', LONG, ...HOSTILE]],
  ['place_order', 'idempotency_key', ['', LONG, HOSTILE[1], HOSTILE[4]]],
  ['add_to_cart', 'product_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['add_to_cart', 'quantity', [null, 0, -1, 1000, 1.5, 1e10, 1e300, ...NO_NUMBER]],
  ['set_cart_item', 'product_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['set_cart_item', 'quantity', [null, -1, 1000, 1.5, 1e10, ...NO_NUMBER]],
  ['sync_cart', 'items', [null, 'text', 7, true, {}, [null], [7], [{}], Array(2001).fill({})]],
  ['cancel_order', 'order_id', [null, crypto.randomUUID(), () => guestOrder.id, ...NO_UUID]],
  ['cancel_order', 'reason', [LONG, HOSTILE[1], HOSTILE[4]]],
  ['guest_order', 'order_number', [null, '', 7, {}, [], LONG, ...HOSTILE]],
  ['guest_order', 'guest_token', [null, '', 7, {}, [], LONG, ...HOSTILE]],
  ['cancel_guest_order', 'order_number', [null, '', 7, {}, [], LONG, ...HOSTILE]],
  ['cancel_guest_order', 'guest_token', [null, '', 7, {}, [], LONG, ...HOSTILE]],
  ['cancel_guest_order', 'reason', [LONG, HOSTILE[1], HOSTILE[4]]],
  ['track_order', 'order_number', [null, '', 7, {}, [], LONG, ...HOSTILE]],
  ['track_order', 'email', [null, '', 7, {}, [], LONG, ...HOSTILE]],
  ['validate_coupon', 'code', [null, '', 7, {}, [], LONG, ...HOSTILE]],
  ['validate_coupon', 'subtotal', [null, -1, 1e12, ...NO_NUMBER]],
  ['shipping_options', 'country', [null, '', 'M', 'MAR', 7, {}, LONG, ...HOSTILE]],
  ['shipping_options', 'city', [LONG, HOSTILE[1], HOSTILE[4]]],
  ['shipping_options', 'subtotal', [null, -1, 1e12, ...NO_NUMBER]],
  ['search_products', 'q', [LONG]],
  ['search_products', 'min_price', [-1, ...NO_NUMBER]],
  ['search_products', 'max_price', [-1, ...NO_NUMBER]],
  ['search_products', 'in_stock', ['maybe', 7.5, {}, [], LONG]],
  ['search_products', 'specifications', ['text', 7, true, [], ['a']]],
  ['search_products', 'sort', ['cheapest', 7, {}, LONG, ...HOSTILE]],
  ['search_products', 'page', [0, -1, 1.5, 1e10, ...NO_NUMBER]],
  ['search_products', 'page_size', [0, -1, 101, 1e10, ...NO_NUMBER]],
  ['product_facets', 'q', [LONG]],
  ['product_facets', 'min_price', [-1, ...NO_NUMBER]],
  ['product_facets', 'specifications', ['text', 7, true, [], ['a']]],
  ['related_products', 'product_id', [null, ...NO_UUID]],
  ['related_products', 'max_results', [0, -1, 101, 1e10, ...NO_NUMBER]],
  ['admin_adjust_stock', 'product_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['admin_adjust_stock', 'quantity', [null, 0, -1_000_000, 2e9, 1.5, 1e300, ...NO_NUMBER]],
  ['admin_adjust_stock', 'reason', [LONG, HOSTILE[1], HOSTILE[4]]],
  ['admin_set_user_role', 'user_id', [null, crypto.randomUUID(), ...NO_UUID]],
  ['admin_set_user_role', 'role', [null, '', 'superuser', 'ADMIN', 7, {}, LONG, ...HOSTILE]],
  ['admin_update_settings', 'changes', [null, 'text', 7, [], { 'store.nickname': 1 }, { 'store.name': 7 }, { 'rate_limits.general': 'many' }]]
]

const callerOf = name => caller[name]?.() ?? visitor

refusesEvery({ good, bad, saysNo, callerOf })

describe('every RPC that needs arguments', () => {
  for (const name of [
    'place_order', 'add_to_cart', 'set_cart_item', 'sync_cart', 'cancel_order', 'guest_order', 'cancel_guest_order',
    'track_order', 'validate_coupon', 'shipping_options', 'related_products', 'admin_adjust_stock', 'admin_set_user_role',
    'admin_update_settings'
  ]) {
    test(`rpc/${name} says so when it gets none`, async () => {
      clientError(await callerOf(name).rpc(name, {}))
    })
  }
})

test('ordinary text that only looks dangerous is just text', async () => {
  const names = ["O'Brien; drop table orders", 'a < b & c > d', 'سلمى الإدريسي', 'Salma 🌸', '1 < 2']
  for (const full_name of names) {
    const { id, shipping_address } = data(
      await visitor.rpc('place_order', {
        ...guestCheckout(method, [await product()]),
        shipping_address: { ...address, full_name }
      })
    )
    assert.equal(shipping_address.full_name, full_name)
    assert.ok(id)
  }
})
