// A guest buys without an account, and only their token opens the order.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { denied } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { guestCheckout, onSale, product, shippingMethod, withoutLimits } from '../helpers/shop.js'

describe('a guest buys', () => {
  const guest = anonymous()
  const other = anonymous()
  let lamp, order, strangersOrder

  before(async () => {
    await withoutLimits()
    lamp = await product({ name: 'Lampe en raphia', price: 420, stock: 5 })
    const method = await shippingMethod()
    order = data(await guest.rpc('place_order', guestCheckout(method, [lamp])))
    strangersOrder = data(await other.rpc('place_order', guestCheckout(method, [lamp])))
  })

  test('the answer holds a token that is given only once', async () => {
    assert.ok(order.guest_token.length >= 32)
    const read = data(
      await guest.rpc('guest_order', { order_number: order.order_number, guest_token: order.guest_token })
    )
    assert.ok(!('guest_token' in read))
  })

  test('the guest reads the order with it', async () => {
    const read = data(
      await anonymous().rpc('guest_order', { order_number: order.order_number, guest_token: order.guest_token })
    )
    assert.equal(read.id, order.id)
    assert.equal(read.total, 450)
    assert.deepEqual(read.items.map(item => item.product_id), [lamp.id])
    assert.deepEqual(read.history, [], 'it has not moved')
  })

  test('nobody reads it with a wrong token, with none, or with the token of their own order', async () => {
    for (const guest_token of ['0'.repeat(64), '', null, strangersOrder.guest_token]) {
      assert.equal(
        data(await other.rpc('guest_order', { order_number: order.order_number, guest_token })),
        null,
        `token ${guest_token}`
      )
    }
  })

  test('nobody cancels it with the token of their own order', async () => {
    const answer = await other.rpc('cancel_guest_order', {
      order_number: order.order_number,
      guest_token: strangersOrder.guest_token
    })
    assert.equal(data(answer), null)
    const read = data(
      await guest.rpc('guest_order', { order_number: order.order_number, guest_token: order.guest_token })
    )
    assert.equal(read.status, 'pending')
  })

  test('a guest reads no table of orders', async () => {
    for (const table of ['orders', 'order_items', 'order_status_history', 'payments', 'order_origins', 'order_notes']) {
      denied(await guest.from(table).select('*'))
    }
  })

  test('a customer sees no order of a guest', async () => {
    const { client } = await customer()
    assert.deepEqual(data(await client.from('orders').select('id').eq('id', order.id)), [])
    assert.deepEqual(data(await client.from('order_items').select('id').eq('order_id', order.id)), [])
  })

  test('the guest cancels it with the token, and the unit is on sale again', async () => {
    assert.equal(await onSale(guest, lamp.id), 3)
    const cancelled = data(
      await guest.rpc('cancel_guest_order', {
        order_number: order.order_number,
        guest_token: order.guest_token,
        reason: 'Trop tard'
      })
    )
    assert.equal(cancelled.status, 'cancelled')
    assert.equal(await onSale(guest, lamp.id), 4)
  })
})
