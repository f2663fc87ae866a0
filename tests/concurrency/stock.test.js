// Many buyers, few units: parallel requests that meet at the same rows.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data, database, publishableKey, url } from '../helpers/clients.js'
import { booksAgree } from '../helpers/books.js'
import { tally } from '../helpers/expect.js'
import { admin, customer } from '../helpers/people.js'
import { rush, stockOf as stockLock, whileHeld } from '../helpers/rush.js'
import { checkout, guestCheckout, product, shippingMethod, shop, stockOf, withoutLimits } from '../helpers/shop.js'

const visitor = anonymous()
let method
before(async () => {
  await withoutLimits()
  method = await shippingMethod()
})

describe('stock, when everybody wants it', () => {
  test('50 buyers for the last unit: one order, 49 times out_of_stock', async () => {
    const last = await product({ stock: 1 })
    const answers = await rush(50, () => visitor.rpc('place_order', guestCheckout(method, [last])), stockLock(last))
    assert.deepEqual(tally(answers), { ok: 1, out_of_stock: 49 })
    for (const { error, status } of answers.filter(answer => answer.error)) {
      assert.equal(status, 409)
      assert.deepEqual(JSON.parse(error.details), [{ product_id: last.id, requested: 1, available: 0 }])
    }
    const lines = data(await shop.from('order_items').select('id').eq('product_id', last.id))
    assert.equal(lines.length, 1, 'what failed has left no order')
    assert.deepEqual(await stockOf(last.id), { stock: 1, reserved_stock: 1 })
    await booksAgree(last)
  })

  test('30 buyers of one to three units: never more sold than there is', async () => {
    const few = await product({ stock: 20 })
    const answers = await rush(
      30,
      index => visitor.rpc('place_order', guestCheckout(method, [{ product_id: few.id, quantity: 1 + (index % 3) }])),
      stockLock(few)
    )
    const sold = answers.filter(answer => !answer.error).reduce((sum, { data }) => sum + data.items[0].quantity, 0)
    const { ok, out_of_stock, ...others } = tally(answers)
    assert.deepEqual(others, {})
    assert.ok(ok >= 7 && out_of_stock > 0)
    assert.ok(sold <= 20)
    assert.deepEqual(await stockOf(few.id), { stock: 20, reserved_stock: sold })
    await booksAgree(few)
  })

  test('a buyer who waits too long is told to come back, and nothing is left behind', { skip: !database }, async () => {
    const stuck = await product({ stock: 5 })
    const answer = await whileHeld(stockLock(stuck), () =>
      fetch(`${url}/rest/v1/rpc/place_order`, {
        method: 'POST',
        headers: { apikey: publishableKey, 'content-type': 'application/json' },
        body: JSON.stringify(guestCheckout(method, [stuck]))
      })
    )
    assert.equal(answer.status, 503)
    assert.equal((await answer.json()).code, 'busy')
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    assert.deepEqual(data(await shop.from('order_items').select('id').eq('product_id', stuck.id)), [])
    await booksAgree(stuck)
  })

  test('carts with the same products in opposite order do not block each other out', async () => {
    const [one, two, three] = [await product({ stock: 6 }), await product({ stock: 9 }), await product({ stock: 9 })]
    const answers = await rush(
      12,
      index => visitor.rpc('place_order', guestCheckout(method, index % 2 ? [one, two, three] : [three, two, one])),
      stockLock(one, two, three),
      // `busy` would be a deadlock's answer.
      { comeBack: false }
    )
    assert.deepEqual(tally(answers), { ok: 6, out_of_stock: 6 })
    assert.equal((await stockOf(two.id)).reserved_stock, 6)
    await booksAgree(one, two, three)
  })

  test('orders, cancellations and deliveries of one product at once keep the books right', async () => {
    const buyer = await customer()
    const busy = await product({ stock: 40 })
    const orders = []
    for (let count = 0; count < 8; count++) {
      orders.push(data(await buyer.client.rpc('place_order', checkout(method, [busy]))))
    }
    const answers = await rush(
      24,
      index => {
        const order = orders[Math.floor(index / 3)]
        return [
          () => buyer.client.rpc('cancel_order', { order_id: order.id }),
          () => visitor.rpc('place_order', guestCheckout(method, [busy])),
          () => shop.rpc('admin_adjust_stock', { product_id: busy.id, quantity: 1 })
        ][index % 3]()
      },
      stockLock(busy)
    )
    assert.deepEqual(tally(answers), { ok: 24 })
    assert.deepEqual(await stockOf(busy.id), { stock: 48, reserved_stock: 8 })
    await booksAgree(busy)
  })

  test('many orders moved by one request, beside buyers of the same products, never block each other out', async () => {
    const boss = await admin()
    const [one, two, three] = [await product({ stock: 90 }), await product({ stock: 90 }), await product({ stock: 90 })]
    const orders = []
    for (let count = 0; count < 12; count++) {
      const lines = count % 2 ? [one, two, three] : [three, two, one]
      orders.push(data(await visitor.rpc('place_order', guestCheckout(method, lines))))
    }
    const parts = [orders.slice(0, 4), orders.slice(4, 8), orders.slice(8)]
    const move = (part, status) =>
      boss.client.from('orders').update({ status }).in('id', part.map(order => order.id)).select('id')
    const answers = await rush(
      18,
      index =>
        index < 3
          ? move(index % 2 ? parts[index] : [...parts[index]].reverse(), index === 2 ? 'cancelled' : 'confirmed')
          : visitor.rpc('place_order', guestCheckout(method, index % 2 ? [one, two, three] : [three, two, one])),
      stockLock(one, two, three),
      // `busy`, and a 500, would be a deadlock's answer.
      { comeBack: false }
    )
    assert.deepEqual(tally(answers), { ok: 18 })
    assert.deepEqual(answers.slice(0, 3).map(answer => answer.data.length), [4, 4, 4])
    // 27 orders, of which 8 are sold and 4 cancelled.
    assert.deepEqual(await stockOf(two.id), { stock: 82, reserved_stock: 15 })
    await booksAgree(one, two, three)
  })

  test('the same orders moved by several requests at once are moved once', async () => {
    const boss = await admin()
    const thing = await product({ stock: 20 })
    const orders = []
    for (let count = 0; count < 6; count++) {
      orders.push(data(await visitor.rpc('place_order', guestCheckout(method, [thing]))))
    }
    const ids = orders.map(order => order.id)
    const answers = await rush(
      6,
      index =>
        boss.client
          .from('orders')
          .update({ status: 'confirmed' })
          .in('id', index % 2 ? ids : [...ids].reverse())
          .select('id'),
      stockLock(thing),
      { comeBack: false }
    )
    assert.deepEqual(tally(answers), { ok: 1, invalid_transition: 5 })
    assert.deepEqual(await stockOf(thing.id), { stock: 14, reserved_stock: 0 })
    await booksAgree(thing)
  })
})
