// An admin runs the shop through the same endpoints.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { booksAgree } from '../helpers/books.js'
import { invalid, refused } from '../helpers/expect.js'
import { admin, customer } from '../helpers/people.js'
import { checkout, onSale, product, shippingMethod, shop, stockOf, unique, withoutLimits } from '../helpers/shop.js'

describe('an admin', () => {
  let boss, buyer, method

  before(async () => {
    await withoutLimits()
    boss = await admin()
    buyer = await customer()
    method = await shippingMethod()
  })

  test('says who they are', async () => {
    assert.equal(data(await boss.client.rpc('me')).role, 'admin')
  })

  test('adds a product, fills its stock, and withdraws it from sale', async () => {
    const slug = unique('bowl')
    const bowl = data(
      await boss.client.from('products').insert({ slug, sku: slug.toUpperCase(), name: 'Bol', price: 35 }).select().single()
    )
    assert.deepEqual(
      data(await boss.client.rpc('admin_adjust_stock', { product_id: bowl.id, quantity: 12, reason: 'Livraison' })),
      { product_id: bowl.id, stock: 12, reserved_stock: 0, available: 12 }
    )
    assert.equal(await onSale(anonymous(), bowl.id), 12)

    data(await boss.client.from('products').update({ is_active: false }).eq('id', bowl.id).select().single())
    assert.deepEqual(data(await anonymous().from('products').select('id').eq('id', bowl.id)), [])
    assert.equal(data(await boss.client.from('products').select('id').eq('id', bowl.id)).length, 1)
  })

  test('learns all that is wrong with a product at once', async () => {
    const { error } = await boss.client
      .from('products')
      .insert({ slug: 'Not A Slug', sku: unique('SKU').toUpperCase(), name: '<b>Bol</b>', price: -1 })
    assert.equal(error.code, 'invalid_input')
    assert.deepEqual(Object.keys(JSON.parse(error.details)).sort(), ['name', 'price', 'slug'])
  })

  test('takes an order from pending to delivered, and each step is in its history', async () => {
    const rug = await product({ stock: 3 })
    const order = data(await buyer.client.rpc('place_order', checkout(method, [rug])))
    assert.deepEqual(await stockOf(rug.id), { stock: 3, reserved_stock: 1 })

    for (const status of ['confirmed', 'processing', 'shipped', 'delivered']) {
      const moved = data(await boss.client.from('orders').update({ status }).eq('id', order.id).select().single())
      assert.equal(moved.status, status)
    }
    assert.deepEqual(await stockOf(rug.id), { stock: 2, reserved_stock: 0 })
    await booksAgree(rug)
    const history = data(
      await buyer.client.from('order_status_history').select('status').eq('order_id', order.id).order('created_at')
    )
    assert.deepEqual(
      history.map(step => step.status),
      ['pending', 'confirmed', 'processing', 'shipped', 'delivered']
    )
  })

  test('a step that is not in the status machine is refused to everybody, the secret key included', async () => {
    const rug = await product({ stock: 3 })
    const order = data(await buyer.client.rpc('place_order', checkout(method, [rug])))
    for (const client of [boss.client, shop]) {
      for (const status of ['pending', 'processing', 'shipped', 'delivered', 'refunded']) {
        const answer = await client.from('orders').update({ status }).eq('id', order.id).select()
        refused(answer, 409, 'invalid_transition')
      }
    }
    assert.equal(data(await shop.from('orders').select('status').eq('id', order.id).single()).status, 'pending')
  })

  test('a customer cancels a confirmed order, and what was sold is restocked', async () => {
    const rug = await product({ stock: 3 })
    const order = data(await buyer.client.rpc('place_order', checkout(method, [rug])))
    data(await boss.client.from('orders').update({ status: 'confirmed' }).eq('id', order.id).select().single())
    assert.deepEqual(await stockOf(rug.id), { stock: 2, reserved_stock: 0 })
    data(await buyer.client.rpc('cancel_order', { order_id: order.id }))
    assert.deepEqual(await stockOf(rug.id), { stock: 3, reserved_stock: 0 })
    await booksAgree(rug)
  })

  test('a customer cannot cancel what is being prepared', async () => {
    const rug = await product({ stock: 3 })
    const order = data(await buyer.client.rpc('place_order', checkout(method, [rug])))
    for (const status of ['confirmed', 'processing']) {
      data(await boss.client.from('orders').update({ status }).eq('id', order.id).select().single())
    }
    const { details } = refused(
      await buyer.client.rpc('cancel_order', { order_id: order.id }),
      409,
      'order_not_cancellable'
    )
    assert.deepEqual(details, { status: 'processing' })
  })

  test('cannot take away units that are promised', async () => {
    const rug = await product({ stock: 3 })
    data(await buyer.client.rpc('place_order', checkout(method, [{ product_id: rug.id, quantity: 2 }])))
    invalid(await boss.client.rpc('admin_adjust_stock', { product_id: rug.id, quantity: -2 }), 'quantity')
    assert.equal(data(await boss.client.rpc('admin_adjust_stock', { product_id: rug.id, quantity: -1 })).available, 0)
    await booksAgree(rug)
  })

  test('reads everybody\'s orders, and where they came from', async () => {
    const rug = await product({ stock: 1 })
    const order = data(await buyer.client.rpc('place_order', checkout(method, [rug])))
    const read = data(
      await boss.client.from('orders').select('id, items:order_items(product_id), order_origins(user_agent)').eq('id', order.id).single()
    )
    assert.deepEqual(read.items, [{ product_id: rug.id }])
    assert.ok(read.order_origins.user_agent)
  })

  test('every write of theirs is in the audit log, with what it was before', async () => {
    const rug = await product()
    data(await boss.client.from('products').update({ price: 77 }).eq('id', rug.id).select().single())
    const [entry] = data(
      await boss.client
        .from('audit_logs')
        .select('*')
        .eq('table_name', 'products')
        .eq('row_id', rug.id)
        .eq('action', 'update')
    )
    assert.equal(entry.actor_id, boss.id)
    assert.deepEqual([entry.old_values.price, entry.new_values.price], [100, 77])
  })

  test('a setting that is unknown or of the wrong type is refused', async () => {
    invalid(
      await boss.client.rpc('admin_update_settings', { changes: { 'store.nickname': 'x', 'tax.shipping_rate': 'a lot' } }),
      'store.nickname',
      'tax.shipping_rate'
    )
  })
})
