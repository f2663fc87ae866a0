import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { clientError, invalid, refused } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { guestCheckout, product, shippingMethod, shop, withoutLimits } from '../helpers/shop.js'

let plenty, rare
before(async () => {
  await withoutLimits()
  plenty = await product({ price: 12.5, stock: 100, name: 'Bol à harira' })
  rare = await product({ price: 40, stock: 2 })
})

const lines = cart => cart.items.map(item => [item.product_id, item.quantity, item.issue])

describe('GET /cart', () => {
  test('a new customer has an empty cart', async () => {
    const { client } = await customer()
    const cart = data(await client.rpc('get_cart'))
    assert.deepEqual({ ...cart, currency: null }, { items: [], item_count: 0, subtotal: 0, currency: null })
    assert.match(cart.currency, /^[A-Z]{3}$/)
  })

  test('a line holds what a page shows', async () => {
    const { client } = await customer()
    const cart = data(await client.rpc('add_to_cart', { product_id: plenty.id, quantity: 3 }))
    assert.deepEqual(data(await client.rpc('get_cart')), cart)
    const [{ id, ...line }] = cart.items
    assert.ok(id)
    assert.deepEqual(line, {
      product_id: plenty.id, slug: plenty.slug, sku: plenty.sku, name: 'Bol à harira', options: plenty.options,
      image_url: null, quantity: 3, unit_price: 12.5, line_total: 37.5, available: 100, issue: null
    })
    assert.equal(cart.item_count, 3)
    assert.equal(cart.subtotal, 37.5)
  })

  test('a cart works by GET too, and is refused to a visitor', async () => {
    const { client } = await customer()
    assert.deepEqual(data(await client.rpc('get_cart', {}, { get: true })).items, [])
    refused(await anonymous().rpc('get_cart'), 401, 'unauthenticated')
  })

  test('a line says that its product is withdrawn, sold out, or short', async () => {
    const { client } = await customer()
    const withdrawn = await product({ stock: 5 })
    const soldOut = await product({ stock: 5 })
    const short = await product({ stock: 5 })
    for (const { id } of [withdrawn, soldOut, short]) {
      data(await client.rpc('add_to_cart', { product_id: id, quantity: 3 }))
    }
    data(await shop.from('products').update({ is_active: false }).eq('id', withdrawn.id).select())
    data(await shop.rpc('admin_adjust_stock', { product_id: soldOut.id, quantity: -5 }))
    data(await shop.rpc('admin_adjust_stock', { product_id: short.id, quantity: -4 }))

    const cart = data(await client.rpc('get_cart'))
    assert.deepEqual(lines(cart), [
      [withdrawn.id, 3, 'unavailable'],
      [soldOut.id, 3, 'out_of_stock'],
      [short.id, 3, 'insufficient_stock']
    ])
    assert.deepEqual(cart.items.map(item => item.available), [0, 0, 1])
  })

  test('a price that changed is the new one', async () => {
    const { client } = await customer()
    const changing = await product({ price: 10 })
    data(await client.rpc('add_to_cart', { product_id: changing.id, quantity: 2 }))
    data(await shop.from('products').update({ price: 11 }).eq('id', changing.id).select())
    assert.equal(data(await client.rpc('get_cart')).subtotal, 22)
  })
})

describe('POST /cart/items, PUT, DELETE, clear', () => {
  test('adding twice adds up in one line', async () => {
    const { client } = await customer()
    data(await client.rpc('add_to_cart', { product_id: plenty.id, quantity: 2 }))
    assert.deepEqual(lines(data(await client.rpc('add_to_cart', { product_id: plenty.id, quantity: 3 }))), [
      [plenty.id, 5, null]
    ])
  })

  test('setting replaces, and 0 removes', async () => {
    const { client } = await customer()
    data(await client.rpc('add_to_cart', { product_id: plenty.id, quantity: 9 }))
    assert.equal(data(await client.rpc('set_cart_item', { product_id: plenty.id, quantity: 4 })).item_count, 4)
    assert.deepEqual(data(await client.rpc('set_cart_item', { product_id: plenty.id, quantity: 0 })).items, [])
  })

  test('clearing empties it', async () => {
    const { client } = await customer()
    data(await client.rpc('add_to_cart', { product_id: plenty.id, quantity: 9 }))
    assert.deepEqual(data(await client.rpc('clear_cart')).items, [])
    assert.deepEqual(data(await client.rpc('get_cart')).items, [])
  })

  test('more than there is on sale is out_of_stock, and leaves the cart as it was', async () => {
    const { client } = await customer()
    data(await client.rpc('add_to_cart', { product_id: rare.id, quantity: 1 }))
    const { details } = refused(
      await client.rpc('add_to_cart', { product_id: rare.id, quantity: 2 }),
      409,
      'out_of_stock'
    )
    assert.deepEqual(details, [{ product_id: rare.id, requested: 3, available: 2 }])
    refused(await client.rpc('set_cart_item', { product_id: rare.id, quantity: 3 }), 409, 'out_of_stock')
    assert.deepEqual(lines(data(await client.rpc('get_cart'))), [[rare.id, 1, null]])
  })

  test('what is not on sale is product_unavailable', async () => {
    const { client } = await customer()
    const withdrawn = await product({ is_active: false })
    for (const product_id of [withdrawn.id, crypto.randomUUID()]) {
      refused(await client.rpc('add_to_cart', { product_id, quantity: 1 }), 409, 'product_unavailable')
    }
  })

  test('a quantity is 1 to 999, or 0 to remove', async () => {
    const { client } = await customer()
    for (const quantity of [0, -1, 1000]) {
      invalid(await client.rpc('add_to_cart', { product_id: plenty.id, quantity }), 'quantity')
    }
    invalid(await client.rpc('set_cart_item', { product_id: plenty.id, quantity: -1 }), 'quantity')
    for (const quantity of [1.5, null, 'many']) {
      clientError(await client.rpc('set_cart_item', { product_id: plenty.id, quantity }))
    }
  })

  test('carts are written through these calls alone', async () => {
    const { client } = await customer()
    const { error, status } = await client.from('cart_items').insert({ product_id: rare.id, quantity: 999 })
    assert.ok(error && status < 500)
  })

  test('a cart with a line that cannot be had is not ordered, and the answer says which', async () => {
    const { client } = await customer()
    const method = await shippingMethod()
    const last = await product({ stock: 1 })
    data(await client.rpc('add_to_cart', { product_id: last.id, quantity: 1 }))
    data(await client.rpc('add_to_cart', { product_id: plenty.id, quantity: 1 }))
    data(await anonymous().rpc('place_order', guestCheckout(method, [last])))
    const { guest_email, items, ...args } = guestCheckout(method, [])
    const { details } = refused(await client.rpc('place_order', args), 409, 'out_of_stock')
    assert.deepEqual(details, [{ product_id: last.id, requested: 1, available: 0 }])
    assert.equal(data(await client.rpc('get_cart')).items.length, 2)
  })
})

describe('POST /cart/sync', () => {
  test('server lines win, other lines are added, repeated ones are summed', async () => {
    const { client } = await customer()
    data(await client.rpc('add_to_cart', { product_id: plenty.id, quantity: 2 }))
    const cart = data(
      await client.rpc('sync_cart', {
        items: [
          { product_id: plenty.id, quantity: 50 },
          { product_id: rare.id, quantity: 1 },
          { product_id: rare.id, quantity: 1 }
        ]
      })
    )
    assert.deepEqual(lines(cart), [[plenty.id, 2, null], [rare.id, 2, null]])
  })

  test('what cannot be had is kept with its issue', async () => {
    const { client } = await customer()
    const withdrawn = await product({ is_active: false })
    const cart = data(
      await client.rpc('sync_cart', {
        items: [{ product_id: rare.id, quantity: 3 }, { product_id: withdrawn.id, quantity: 1 }]
      })
    )
    assert.deepEqual(new Set(cart.items.map(item => item.issue)), new Set(['insufficient_stock', 'unavailable']))
  })

  test('what is no list of lines is refused, field by field', async () => {
    const { client } = await customer()
    invalid(await client.rpc('sync_cart', { items: { product_id: plenty.id } }), 'items')
    invalid(
      await client.rpc('sync_cart', { items: [{ product_id: plenty.id }, { product_id: 'x', quantity: 1 }, 7] }),
      'items.0.quantity',
      'items.1.product_id',
      'items.2'
    )
    refused(await anonymous().rpc('sync_cart', { items: [] }), 401, 'unauthenticated')
  })
})
