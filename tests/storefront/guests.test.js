import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { invalid, refused } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { checkout, guestCheckout, product, shippingMethod, shop, unique, withoutLimits } from '../helpers/shop.js'

const guest = anonymous()
let method, bowl
before(async () => {
  await withoutLimits()
  method = await shippingMethod()
  bowl = await product({ stock: 50 })
})
const buy = async more => data(await guest.rpc('place_order', guestCheckout(method, [bowl], more)))

describe('(guest order): rpc/guest_order', () => {
  test('number and token open it; a wrong token gives nothing', async () => {
    const { order_number, guest_token } = await buy()
    assert.equal(data(await guest.rpc('guest_order', { order_number, guest_token })).order_number, order_number)
    assert.equal(data(await guest.rpc('guest_order', { order_number, guest_token: guest_token.slice(1) })), null)
    assert.equal(data(await guest.rpc('guest_order', { order_number: unique('PS'), guest_token })), null)
  })

  test("a customer's order has no token, and none opens it", async () => {
    const buyer = await customer()
    const order = data(await buyer.client.rpc('place_order', checkout(method, [bowl])))
    assert.equal(order.guest_token, null)
    for (const guest_token of [null, '', 'null']) {
      assert.equal(data(await guest.rpc('guest_order', { order_number: order.order_number, guest_token })), null)
    }
  })
})

describe('(guest order): rpc/cancel_guest_order', () => {
  test('the token cancels it, once', async () => {
    const { order_number, guest_token } = await buy()
    assert.equal(data(await guest.rpc('cancel_guest_order', { order_number, guest_token })).status, 'cancelled')
    refused(await guest.rpc('cancel_guest_order', { order_number, guest_token }), 409, 'order_not_cancellable')
  })

  test('a wrong token cancels nothing; a reason with script is refused', async () => {
    const { order_number, guest_token } = await buy()
    assert.equal(data(await guest.rpc('cancel_guest_order', { order_number, guest_token: 'x'.repeat(64) })), null)
    invalid(await guest.rpc('cancel_guest_order', { order_number, guest_token, reason: '<script>' }), 'reason')
    assert.equal(data(await guest.rpc('guest_order', { order_number, guest_token })).status, 'pending')
  })
})

describe('(guest order): rpc/track_order', () => {
  test('number and e-mail tell where the order is, and nothing else', async () => {
    const guest_email = `${unique('guest')}@example.com`
    const { order_number, placed_at } = await buy({ guest_email })
    const tracked = data(await guest.rpc('track_order', { order_number, email: guest_email.toUpperCase() }))
    assert.deepEqual(tracked, { found: true, order_number, status: 'pending', placed_at, shipped_at: null })
  })

  test("a customer's order is found with the account's e-mail", async () => {
    const buyer = await customer()
    const { order_number } = data(await buyer.client.rpc('place_order', checkout(method, [bowl])))
    assert.equal(data(await guest.rpc('track_order', { order_number, email: buyer.email })).found, true)
  })

  test('a wrong e-mail, a wrong number and nothing at all find nothing, and raise nothing', async () => {
    const { order_number } = await buy()
    for (const args of [
      { order_number, email: 'somebody@example.com' },
      { order_number: unique('PS'), email: 'somebody@example.com' },
      { order_number, email: null },
      { order_number: null, email: null }
    ]) {
      assert.deepEqual(data(await guest.rpc('track_order', args)), {
        found: false, order_number: null, status: null, placed_at: null, shipped_at: null
      })
    }
  })
})

describe('(guest signs up): rpc/claim_guest_orders', () => {
  test('guest orders of the confirmed e-mail become the account\'s, others stay', async () => {
    const email = `${unique('guest')}@example.com`
    const mine = await buy({ guest_email: email.toUpperCase() })
    const others = await buy()
    const person = await customer({ email })
    assert.deepEqual(data(await person.client.from('orders').select('id')), [])
    assert.equal(data(await person.client.rpc('claim_guest_orders')), 1)
    assert.deepEqual(data(await person.client.from('orders').select('id')), [{ id: mine.id }])
    assert.equal(data(await person.client.rpc('claim_guest_orders')), 0)
    const [left] = data(await shop.from('orders').select('user_id').eq('id', others.id))
    assert.equal(left.user_id, null)
  })

  test('a visitor claims nothing', async () => {
    refused(await guest.rpc('claim_guest_orders'), 401, 'unauthenticated')
  })
})
