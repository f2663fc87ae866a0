// What is one customer's is nobody else's.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { denied, refused } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { checkout, coupon, product, shippingMethod, shop, withoutLimits } from '../helpers/shop.js'

const ADDRESS = { label: 'Maison', full_name: 'Salma Idrissi', line1: '12 rue Talaa Kebira', city: 'Fès' }

describe('what belongs to one customer', () => {
  let owner, stranger, order, moved, home, vase

  before(async () => {
    await withoutLimits()
    owner = await customer({ name: 'Owner' })
    stranger = await customer({ name: 'Stranger' })
    vase = await product({ stock: 20 })
    const method = await shippingMethod()
    const { code } = await coupon()
    order = data(await owner.client.rpc('place_order', checkout(method, [vase], { coupon_code: code })))
    home = data(await owner.client.from('user_addresses').insert(ADDRESS).select().single())
    data(await owner.client.rpc('add_to_cart', { product_id: vase.id, quantity: 1 }))
    data(await owner.client.from('wishlists').insert({ product_id: vase.id }).select())
    moved = data(await owner.client.rpc('place_order', checkout(method, [vase])))
    data(await owner.client.rpc('cancel_order', { order_id: moved.id }))
  })

  const owned = [
    ['orders', 'id', () => order.id],
    ['order_items', 'order_id', () => order.id],
    ['order_status_history', 'order_id', () => moved.id, 2],
    ['payments', 'order_id', () => order.id],
    ['coupon_usage', 'order_id', () => order.id],
    ['user_addresses', 'id', () => home.id],
    ['user_profiles', 'id', () => owner.id],
    ['cart_items', 'user_id', () => owner.id],
    ['wishlists', 'user_id', () => owner.id]
  ]
  for (const [table, column, value, rows = 1] of owned) {
    test(`${table}: its customer reads it, another does not, a visitor may not even ask`, async () => {
      assert.equal(data(await owner.client.from(table).select('*').eq(column, value())).length, rows)
      assert.deepEqual(data(await stranger.client.from(table).select('*').eq(column, value())), [])
      denied(await anonymous().from(table).select('*').eq(column, value()))
    })
  }

  test('another customer cannot cancel the order, nor learn that there is one', async () => {
    refused(await stranger.client.rpc('cancel_order', { order_id: order.id }), 404, 'not_found')
    assert.equal(data(await shop.from('orders').select('status').eq('id', order.id).single()).status, 'pending')
  })

  test('another customer cannot change or delete the address', async () => {
    assert.deepEqual(
      data(await stranger.client.from('user_addresses').update({ city: 'Rabat' }).eq('id', home.id).select()),
      []
    )
    assert.deepEqual(data(await stranger.client.from('user_addresses').delete().eq('id', home.id).select()), [])
    assert.equal(data(await shop.from('user_addresses').select('city').eq('id', home.id).single()).city, 'Fès')
  })

  test("nobody writes rows in another's name", async () => {
    denied(await stranger.client.from('user_addresses').insert({ ...ADDRESS, user_id: owner.id }))
    denied(await stranger.client.from('wishlists').insert({ product_id: vase.id, user_id: owner.id }))
  })

  test('a customer cannot make themselves an admin', async () => {
    denied(await owner.client.from('user_profiles').update({ role: 'admin' }).eq('id', owner.id))
    refused(await owner.client.rpc('admin_set_user_role', { user_id: owner.id, role: 'admin' }), 403, 'forbidden')
    assert.equal(data(await owner.client.rpc('me')).role, 'customer')
  })

  test('a customer changes neither orders nor what they cost', async () => {
    const changes = [{ status: 'delivered' }, { total: 1 }, { payment_status: 'paid' }]
    for (const change of changes) {
      const answer = await owner.client.from('orders').update(change).eq('id', order.id).select()
      if (answer.error) {
        denied(answer)
      } else {
        assert.deepEqual(answer.data, [])
      }
    }
    const read = data(await shop.from('orders').select('status, total, payment_status').eq('id', order.id).single())
    assert.deepEqual(read, { status: 'pending', total: order.total, payment_status: 'pending' })
    denied(await owner.client.from('orders').delete().eq('id', order.id))
    denied(await owner.client.from('orders').insert({ order_number: 'X' }))
    denied(await owner.client.from('order_items').update({ unit_price: 1 }).eq('order_id', order.id))
    denied(await owner.client.from('payments').update({ status: 'paid' }).eq('order_id', order.id))
  })

  test('a customer reads nothing of how the shop runs', async () => {
    for (const table of [
      'coupons', 'product_costs', 'inventory', 'stock_movements', 'stock_reservations', 'order_notes', 'order_origins',
      'payment_events', 'security_logs', 'audit_logs', 'system_settings', 'job_runs'
    ]) {
      assert.deepEqual(data(await owner.client.from(table).select('*').limit(1)), [], table)
      denied(await anonymous().from(table).select('*').limit(1))
    }
  })

  test('customers and visitors change nothing in the catalogue', async () => {
    for (const client of [owner.client, anonymous()]) {
      const changed = await client.from('products').update({ price: 1 }).eq('id', vase.id).select()
      if (changed.error) {
        denied(changed)
      } else {
        assert.deepEqual(changed.data, [])
      }
      denied(await client.from('products').insert({ sku: 'X', slug: 'x', name: 'X', price: 1 }))
      denied(await client.from('categories').insert({ slug: 'x', name: 'X' }))
    }
    refused(await owner.client.rpc('admin_adjust_stock', { product_id: vase.id, quantity: 5 }), 403, 'forbidden')
    assert.equal(data(await shop.from('products').select('price').eq('id', vase.id).single()).price, 100)
  })

  test('what is private is not in the API', async () => {
    const answer = await owner.client.schema('private').rpc('setting', { key: 'store.name' })
    assert.ok(answer.error)
    assert.ok(answer.status >= 400 && answer.status < 500, `status ${answer.status}`)
  })
})
