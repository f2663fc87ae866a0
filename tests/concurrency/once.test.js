// What may happen once happens once, however many ask at the same moment.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { booksAgree } from '../helpers/books.js'
import { tally } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { rush, stockOf as stockLock } from '../helpers/rush.js'
import { checkout, coupon, guestCheckout, product, shippingMethod, shop, stockOf, withoutLimits } from '../helpers/shop.js'

const visitor = anonymous()
let method
before(async () => {
  await withoutLimits()
  method = await shippingMethod()
})

const couponLock = ({ id }) => ['select from public.coupons where id = $1 for update', [id]]
const orderLock = ({ id }) => ['select from public.orders where id = $1 for update', [id]]
/** A new line of a cart needs its product to stay, so it waits for this. */
const productLock = ({ id }) => ['select from public.products where id = $1 for update', [id]]
const useCount = async ({ id }) =>
  data(await shop.from('coupons').select('usage_count').eq('id', id).single()).usage_count
const uses = async ({ id }) => data(await shop.from('coupon_usage').select('order_id').eq('coupon_id', id)).length

describe('a coupon', () => {
  test('with a limit of 1 is used once by 20 who try at once', async () => {
    const thing = await product({ stock: 50 })
    const once = await coupon({ usage_limit: 1 })
    const answers = await rush(
      20,
      () => visitor.rpc('place_order', guestCheckout(method, [thing], { coupon_code: once.code })),
      couponLock(once)
    )
    assert.deepEqual(tally(answers), { ok: 1, coupon_exhausted: 19 })
    assert.deepEqual([await useCount(once), await uses(once)], [1, 1])
    assert.deepEqual(await stockOf(thing.id), { stock: 50, reserved_stock: 1 })
    await booksAgree(thing)
  })

  test('once per customer is used once by one customer who orders ten times at once', async () => {
    const thing = await product({ stock: 50 })
    const buyer = await customer()
    const perPerson = await coupon({ usage_limit_per_user: 1 })
    const answers = await rush(
      10,
      () => buyer.client.rpc('place_order', checkout(method, [thing], { coupon_code: perPerson.code })),
      couponLock(perPerson)
    )
    assert.deepEqual(tally(answers), { ok: 1, coupon_already_used: 9 })
    assert.deepEqual([await useCount(perPerson), await uses(perPerson)], [1, 1])
    await booksAgree(thing)
  })
})

describe('an order', () => {
  test('sent ten times at once under one idempotency key is placed once, and answered ten times alike', async () => {
    const thing = await product({ stock: 50 })
    const request = guestCheckout(method, [thing], { idempotency_key: crypto.randomUUID() })
    const answers = await rush(10, () => visitor.rpc('place_order', request), stockLock(thing))
    assert.deepEqual(tally(answers), { ok: 10 })
    for (const answer of answers) {
      assert.deepEqual(answer.data, answers[0].data)
    }
    assert.equal(data(await shop.from('order_items').select('id').eq('product_id', thing.id)).length, 1)
    assert.deepEqual(await stockOf(thing.id), { stock: 50, reserved_stock: 1 })
    await booksAgree(thing)
  })

  test('from one cart, sent five times at once, is placed once', async () => {
    const thing = await product({ stock: 50 })
    const buyer = await customer()
    data(await buyer.client.rpc('add_to_cart', { product_id: thing.id, quantity: 3 }))
    const { items, ...request } = checkout(method, [])
    const answers = await rush(5, () => buyer.client.rpc('place_order', request), stockLock(thing))
    assert.deepEqual(tally(answers), { ok: 1, cart_empty: 4 })
    assert.deepEqual(await stockOf(thing.id), { stock: 50, reserved_stock: 3 })
  })

  test('cancelled by five requests at once is cancelled once, and its unit comes back once', async () => {
    const thing = await product({ stock: 5 })
    const buyer = await customer()
    const order = data(await buyer.client.rpc('place_order', checkout(method, [thing])))
    const answers = await rush(
      5,
      () => buyer.client.rpc('cancel_order', { order_id: order.id }),
      orderLock(order)
    )
    assert.deepEqual(tally(answers), { ok: 1, order_not_cancellable: 4 })
    assert.deepEqual(await stockOf(thing.id), { stock: 5, reserved_stock: 0 })
    const history = data(
      await shop.from('order_status_history').select('status').eq('order_id', order.id).eq('status', 'cancelled')
    )
    assert.equal(history.length, 1)
    await booksAgree(thing)
  })

  test('cancelled by its guest and confirmed by the shop at once ends as one of the two', async () => {
    const thing = await product({ stock: 5 })
    const order = data(await visitor.rpc('place_order', guestCheckout(method, [thing])))
    const { order_number, guest_token } = order
    const answers = await rush(
      2,
      index =>
        index === 0
          ? visitor.rpc('cancel_guest_order', { order_number, guest_token })
          : shop.from('orders').update({ status: 'confirmed' }).eq('id', order.id).select(),
      orderLock(order)
    )
    for (const { error } of answers.filter(answer => answer.error)) {
      assert.equal(error.code, 'invalid_transition')
    }
    const { status } = data(await shop.from('orders').select('status').eq('id', order.id).single())
    // A confirmed order may still be cancelled; a cancelled one is never confirmed.
    assert.equal(status, 'cancelled')
    assert.deepEqual(await stockOf(thing.id), { stock: 5, reserved_stock: 0 })
    await booksAgree(thing)
  })
})

describe('a cart', () => {
  test('counts every one of ten units added at once', async () => {
    const thing = await product({ stock: 50 })
    const buyer = await customer()
    const answers = await rush(
      10,
      () => buyer.client.rpc('add_to_cart', { product_id: thing.id, quantity: 1 }),
      productLock(thing)
    )
    assert.deepEqual(tally(answers), { ok: 10 })
    const cart = data(await buyer.client.rpc('get_cart'))
    assert.deepEqual(cart.items.map(item => item.quantity), [10])
  })

  test('merged twice at once on sign-in has each line once', async () => {
    const thing = await product({ stock: 50 })
    const buyer = await customer()
    const answers = await rush(
      5,
      () => buyer.client.rpc('sync_cart', { items: [{ product_id: thing.id, quantity: 2 }] }),
      productLock(thing)
    )
    assert.deepEqual(tally(answers), { ok: 5 })
    assert.deepEqual(data(await buyer.client.rpc('get_cart')).items.map(item => item.quantity), [2])
  })
})

describe('an address', () => {
  test('is the one default, however many become it at once', async () => {
    const buyer = await customer()
    const answers = await rush(6, index =>
      buyer.client.from('user_addresses').insert({
        full_name: 'Salma', line1: `${index} rue`, city: 'Fès', is_default_shipping: true, is_default_billing: true
      })
    )
    assert.deepEqual(tally(answers), { ok: 6 })
    const rows = data(await buyer.client.from('user_addresses').select('is_default_shipping, is_default_billing'))
    assert.equal(rows.length, 6)
    assert.equal(rows.filter(row => row.is_default_shipping).length, 1)
    assert.equal(rows.filter(row => row.is_default_billing).length, 1)
  })
})
