// A customer, from sign-up to getting the stock back: one process, as a frontend would.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { booksAgree } from '../helpers/books.js'
import { confirm } from '../helpers/mail.js'
import { address, category, coupon, onSale, product, shippingMethod, shop, unique, withoutLimits } from '../helpers/shop.js'

describe('a customer signs up, buys and changes their mind', () => {
  const client = anonymous()
  const email = `${unique('customer')}@example.com`
  const password = unique('password')
  let shelf, teapot, glasses, method, code, order

  before(async () => {
    await withoutLimits()
    shelf = await category({ name: 'Thé et café' })
    teapot = await product({ category_id: shelf.id, name: 'Théière', price: 279.9, stock: 5 })
    glasses = await product({ category_id: shelf.id, name: 'Verres beldi', price: 129.05, stock: 8 })
    method = await shippingMethod({ price: 39 })
    code = (await coupon({ discount_value: 10 })).code
    data(
      await shop
        .from('product_images')
        .insert({
          product_id: teapot.id,
          storage_path: `${teapot.id}/front.webp`,
          url: `https://images.example.com/${teapot.id}.webp`,
          alt: 'La théière de face',
          is_primary: true
        })
        .select()
    )
  })

  test('signing up gives an account with a profile', async () => {
    const { session, user } = data(
      await client.auth.signUp({ email, password, options: { data: { name: 'Salma Idrissi' } } })
    )
    if (!session) {
      // This project confirms addresses by mail.
      await confirm(user)
      data(await client.auth.signInWithPassword({ email, password }))
    }
    const me = data(await client.rpc('me'))
    assert.deepEqual(me, { id: user.id, email, role: 'customer', name: 'Salma Idrissi', phone: null, aal: 'aal1' })
  })

  test('browsing brings category and images along, a page at a time, with the number of all', async () => {
    const page = await client
      .from('products')
      .select('*,category:categories(*),images:product_images(*)', { count: 'exact' })
      .eq('category_id', shelf.id)
      .order('price', { ascending: false })
      .range(0, 0)
    const [first, ...others] = data(page)
    assert.equal(page.count, 2)
    assert.equal(others.length, 0)
    assert.equal(first.id, teapot.id)
    assert.equal(first.category.slug, shelf.slug)
    assert.equal(first.images[0].alt, 'La théière de face')
    assert.ok(!('cost_price' in first), 'what a product costs the shop is not for customers')

    const next = data(
      await client
        .from('products')
        .select('id')
        .eq('category_id', shelf.id)
        .order('price', { ascending: false })
        .range(1, 1)
    )
    assert.deepEqual(next, [{ id: glasses.id }])
  })

  test('the cart adds up', async () => {
    data(await client.rpc('add_to_cart', { product_id: teapot.id, quantity: 1 }))
    const cart = data(await client.rpc('add_to_cart', { product_id: glasses.id, quantity: 2 }))
    assert.equal(cart.item_count, 3)
    assert.equal(cart.subtotal, 538)
    assert.deepEqual(cart.items.map(item => item.issue), [null, null])
  })

  test('the coupon takes off what it says', async () => {
    const check = data(await client.rpc('validate_coupon', { code: code.toLowerCase(), subtotal: 538 }))
    assert.deepEqual(check, { valid: true, code, discount_type: 'percentage', discount_amount: 53.8, reason: null })
  })

  test('the cart becomes an order, to be paid on delivery', async () => {
    order = data(
      await client.rpc('place_order', {
        shipping_address: address,
        shipping_method_id: method.id,
        payment_method: 'cod',
        coupon_code: code,
        notes: 'Sonnez deux fois,\npuis attendez.'
      })
    )
    assert.match(order.order_number, /^[A-Z0-9]+-\d{6}-\d{7,}$/)
    assert.equal(order.status, 'pending')
    assert.equal(order.payment_status, 'pending')
    assert.equal(order.subtotal, 538)
    assert.equal(order.discount_amount, 53.8)
    assert.equal(order.shipping_cost, 39)
    assert.equal(order.total, 523.2)
    assert.equal(order.next_action, null)
    assert.equal(order.guest_token, null)
    assert.equal(order.shipping_address.full_name, address.full_name)
    assert.equal(order.items.reduce((sum, item) => sum + Math.round(item.discount_amount * 100), 0), 5380)
    for (const item of order.items) {
      const cents = Math.round(item.line_total * 100)
      assert.equal(Math.round(item.unit_price * 100) * item.quantity - Math.round(item.discount_amount * 100), cents)
    }
    assert.ok(new Date(order.reservation_expires_at) > new Date(order.placed_at))
  })

  test('the cart is empty, and the units are promised', async () => {
    assert.deepEqual(data(await client.rpc('get_cart')).items, [])
    assert.equal(await onSale(client, teapot.id), 4)
    assert.equal(await onSale(client, glasses.id), 6)
    await booksAgree(teapot, glasses)
  })

  test('the order is there with its items, history and payments', async () => {
    const [read] = data(
      await client
        .from('orders')
        .select('*,items:order_items(*),history:order_status_history(*),payments(*)')
        .eq('id', order.id)
    )
    assert.equal(read.order_number, order.order_number)
    assert.equal(read.items.length, 2)
    assert.deepEqual(read.history, [], 'it has not moved')
    assert.deepEqual(
      read.payments.map(({ provider, status, amount }) => ({ provider, status, amount })),
      [{ provider: 'cod', status: 'pending', amount: 523.2 }]
    )
  })

  test('cancelling gives stock and coupon back', async () => {
    const cancelled = data(await client.rpc('cancel_order', { order_id: order.id, reason: "J'ai changé d'avis." }))
    assert.equal(cancelled.status, 'cancelled')
    assert.equal(await onSale(client, teapot.id), 5)
    assert.equal(await onSale(client, glasses.id), 8)
    await booksAgree(teapot, glasses)

    const used = data(await shop.from('coupons').select('usage_count').eq('code', code).single())
    assert.equal(used.usage_count, 0)
    const history = data(
      await client.from('order_status_history').select('status, actor, notes').eq('order_id', order.id).order('created_at')
    )
    assert.deepEqual(history, [
      { status: 'pending', actor: 'customer', notes: null },
      { status: 'cancelled', actor: 'customer', notes: "J'ai changé d'avis." }
    ])
  })
})
