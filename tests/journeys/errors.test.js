// Every business error is {code, message, details, hint}, with the status that the catalogue gives it.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { invalid, refused } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { address, checkout, coupon, guestCheckout, product, shippingMethod, unique, withoutLimits } from '../helpers/shop.js'

const MINUTE = 60_000

describe('a checkout that cannot be', () => {
  const guest = anonymous()
  let lamp, method
  const order = (items, more) => guest.rpc('place_order', guestCheckout(method, items, more))

  before(async () => {
    await withoutLimits()
    lamp = await product({ stock: 3 })
    method = await shippingMethod()
  })

  test('an error has exactly code, message, details and hint', async () => {
    const { error } = await order([{ product_id: lamp.id, quantity: 4 }])
    assert.deepEqual(Object.keys(error).filter(key => key !== 'name').sort(), ['code', 'details', 'hint', 'message'])
    assert.equal(typeof error.message, 'string')
    assert.equal(typeof error.details, 'string')
  })

  test('out_of_stock names every line that cannot be had', async () => {
    const soldOut = await product({ stock: 0 })
    const { details } = refused(
      await order([{ product_id: lamp.id, quantity: 4 }, soldOut]),
      409,
      'out_of_stock'
    )
    assert.deepEqual(
      details.sort((a, b) => b.requested - a.requested),
      [
        { product_id: lamp.id, requested: 4, available: 3 },
        { product_id: soldOut.id, requested: 1, available: 0 }
      ]
    )
  })

  test('repeated lines are summed before they are checked', async () => {
    const { details } = refused(
      await order([{ product_id: lamp.id, quantity: 2 }, { product_id: lamp.id, quantity: 2 }]),
      409,
      'out_of_stock'
    )
    assert.deepEqual(details, [{ product_id: lamp.id, requested: 4, available: 3 }])
  })

  test('product_unavailable says which, and why', async () => {
    const withdrawn = await product({ is_active: false })
    const unknown = crypto.randomUUID()
    const { details } = refused(await order([withdrawn, { product_id: unknown, quantity: 1 }]), 409, 'product_unavailable')
    assert.deepEqual(details.map(line => line.product_id).sort(), [withdrawn.id, unknown].sort())
    assert.ok(details.every(line => line.reason))
  })

  test('cart_empty: there is nothing to order', async () => {
    refused(await order([]), 422, 'cart_empty')
    const { client } = await customer()
    refused(await client.rpc('place_order', { ...checkout(method, []), items: null }), 422, 'cart_empty')
  })

  test('invalid_input names everything that is wrong at once', async () => {
    invalid(
      await guest.rpc('place_order', {
        shipping_address: { full_name: '<script>x</script>', city: 'Fès', country: 'Morocco', planet: 'Earth' },
        shipping_method_id: method.id,
        payment_method: 'cod',
        items: [{ product_id: 'no id', quantity: 0 }],
        billing_address: { full_name: 'A', line1: 'B' },
        notes: 'x'.repeat(1001),
        guest_email: 'nobody',
        guest_phone: 'call me'
      }),
      'shipping_address.full_name',
      'shipping_address.line1',
      'shipping_address.country',
      'shipping_address.planet',
      'items.0.product_id',
      'items.0.quantity',
      'billing_address.city',
      'notes',
      'guest_email',
      'guest_phone'
    )
  })

  test('a guest must leave an e-mail address', async () => {
    invalid(await guest.rpc('place_order', checkout(method, [lamp])), 'guest_email')
  })

  test('payment_method_unavailable: only methods on offer', async () => {
    refused(await order([lamp], { payment_method: 'cheque' }), 422, 'payment_method_unavailable')
  })

  test('shipping_unavailable: the method must serve the address, and be active', async () => {
    const local = await shippingMethod({ zones: ['MA:Casablanca'] })
    const inactive = await shippingMethod({ is_active: false })
    refused(await order([lamp], { shipping_method_id: local.id }), 422, 'shipping_unavailable')
    refused(await order([lamp], { shipping_method_id: inactive.id }), 422, 'shipping_unavailable')
    refused(await order([lamp], { shipping_method_id: crypto.randomUUID() }), 422, 'shipping_unavailable')
    data(await order([lamp], { shipping_method_id: local.id, shipping_address: { ...address, city: ' CASABLANCA ' } }))
  })

  const hour = hours => new Date(Date.now() + hours * 60 * MINUTE).toISOString()
  const coupons = [
    ['coupon_expired', 422, { starts_at: hour(-2), expires_at: hour(-1) }],
    ['coupon_not_started', 422, { starts_at: hour(1) }],
    ['coupon_min_amount', 422, { min_order_amount: 100.01 }],
    ['coupon_invalid', 422, { is_active: false }]
  ]
  for (const [code, status, columns] of coupons) {
    test(`${code}: the order is refused`, async () => {
      refused(await order([lamp], { coupon_code: (await coupon(columns)).code }), status, code)
    })
  }

  test('coupon_invalid: there is no such code', async () => {
    refused(await order([lamp], { coupon_code: unique('NONE') }), 422, 'coupon_invalid')
  })

  test('coupon_exhausted and coupon_already_used: limits hold', async () => {
    const plenty = await product({ stock: 10 })
    const once = await coupon({ usage_limit: 1 })
    data(await order([plenty], { coupon_code: once.code }))
    refused(await order([plenty], { coupon_code: once.code }), 409, 'coupon_exhausted')

    const oncePerPerson = await coupon({ usage_limit_per_user: 1 })
    const guest_email = `${unique('guest')}@example.com`
    data(await order([plenty], { coupon_code: oncePerPerson.code, guest_email }))
    refused(
      await order([plenty], { coupon_code: oncePerPerson.code, guest_email: guest_email.toUpperCase() }),
      409,
      'coupon_already_used'
    )
    data(await order([plenty], { coupon_code: oncePerPerson.code }))
  })

  test('idempotency_conflict: one key, two different orders', async () => {
    const idempotency_key = crypto.randomUUID()
    const plenty = await product({ stock: 10 })
    const first = guestCheckout(method, [plenty], { idempotency_key })
    data(await guest.rpc('place_order', first))
    refused(await guest.rpc('place_order', { ...first, notes: 'and a ribbon' }), 409, 'idempotency_conflict')
  })

  test('a failed attempt leaves its key free', async () => {
    const idempotency_key = crypto.randomUUID()
    const rare = await product({ stock: 1 })
    const request = guestCheckout(method, [{ product_id: rare.id, quantity: 2 }], { idempotency_key })
    refused(await guest.rpc('place_order', request), 409, 'out_of_stock')
    data(await guest.rpc('place_order', { ...request, items: [{ product_id: rare.id, quantity: 1 }] }))
  })

  test('unauthenticated: what needs an account', async () => {
    for (const [name, args] of [
      ['me', {}],
      ['get_cart', {}],
      ['clear_cart', {}],
      ['add_to_cart', { product_id: lamp.id, quantity: 1 }],
      ['set_cart_item', { product_id: lamp.id, quantity: 1 }],
      ['sync_cart', { items: [] }],
      ['cancel_order', { order_id: crypto.randomUUID() }],
      ['claim_guest_orders', {}]
    ]) {
      refused(await guest.rpc(name, args), 401, 'unauthenticated')
    }
  })

  test('order_not_cancellable: it is cancelled already', async () => {
    const { client } = await customer()
    const { id } = data(await client.rpc('place_order', checkout(method, [lamp])))
    data(await client.rpc('cancel_order', { order_id: id }))
    refused(await client.rpc('cancel_order', { order_id: id }), 409, 'order_not_cancellable')
  })

  test('what failed has changed nothing', async () => {
    const rare = await product({ stock: 1 })
    const once = await coupon({ usage_limit: 5 })
    const { client, id } = await customer()
    refused(
      await client.rpc('place_order', checkout(method, [{ product_id: rare.id, quantity: 2 }], { coupon_code: once.code })),
      409,
      'out_of_stock'
    )
    assert.deepEqual(data(await client.from('orders').select('id').eq('user_id', id)), [])
    data(await client.rpc('place_order', checkout(method, [rare], { coupon_code: once.code })))
  })
})
