import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { clientError, denied, invalid } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { checkout, product, shippingMethod, withoutLimits } from '../helpers/shop.js'

let person, bowl
before(async () => {
  await withoutLimits()
  person = await customer()
  bowl = await product({ name: 'Bol', stock: 5 })
})

describe('wishlist', () => {
  test('a product is put on it, read with the product, and taken off', async () => {
    const { client } = await customer()
    data(await client.from('wishlists').insert({ product_id: bowl.id }).select().single())
    const rows = data(await client.from('wishlists').select('*,product:products(*)'))
    assert.deepEqual(rows.map(row => row.product.name), ['Bol'])
    data(await client.from('wishlists').delete().eq('product_id', bowl.id))
    assert.deepEqual(data(await client.from('wishlists').select('*')), [])
  })

  test('a product is on it once', async () => {
    const { client } = await customer()
    data(await client.from('wishlists').insert({ product_id: bowl.id }).select())
    const again = await client.from('wishlists').insert({ product_id: bowl.id })
    assert.equal(again.status, 409)
  })

  test('a visitor has none, and an unknown product is refused', async () => {
    denied(await anonymous().from('wishlists').insert({ product_id: bowl.id }))
    clientError(await person.client.from('wishlists').insert({ product_id: crypto.randomUUID() }))
  })
})

describe('addresses', () => {
  const home = { label: 'Maison', full_name: "Salma O'Brien", line1: '12 rue Talaa Kebira', city: 'Fès' }

  test('an address is added, changed and deleted; the country is the shop\'s', async () => {
    const { client, id } = await customer()
    const added = data(await client.from('user_addresses').insert(home).select().single())
    assert.deepEqual([added.user_id, added.country], [id, 'MA'])
    const changed = data(
      await client.from('user_addresses').update({ city: 'Rabat' }).eq('id', added.id).select().single()
    )
    assert.equal(changed.city, 'Rabat')
    data(await client.from('user_addresses').delete().eq('id', added.id))
    assert.deepEqual(data(await client.from('user_addresses').select('id')), [])
  })

  test('a new default takes it from the old one', async () => {
    const { client } = await customer()
    const insert = row => client.from('user_addresses').insert({ ...home, ...row }).select().single()
    const first = data(await insert({ is_default_shipping: true, is_default_billing: true }))
    const second = data(await insert({ is_default_shipping: true }))
    const rows = data(
      await client.from('user_addresses').select('id, is_default_shipping, is_default_billing').order('created_at')
    )
    assert.deepEqual(rows, [
      { id: first.id, is_default_shipping: false, is_default_billing: true },
      { id: second.id, is_default_shipping: true, is_default_billing: false }
    ])
  })

  test('all that is wrong with an address comes in one answer', async () => {
    invalid(
      await person.client
        .from('user_addresses')
        .insert({ full_name: '<b>x</b>', line1: ' ', city: 'x'.repeat(101), country: 'm1', phone: 'none' }),
      'full_name',
      'line1',
      'city',
      'country',
      'phone'
    )
  })

  test('a visitor keeps no addresses', async () => {
    denied(await anonymous().from('user_addresses').insert(home))
  })
})

describe('GET /payments/{id}', () => {
  test('a customer reads the payment of their order; nobody else does', async () => {
    const method = await shippingMethod()
    const order = data(await person.client.rpc('place_order', checkout(method, [bowl])))
    const [payment] = data(
      await person.client.from('payments').select('id, amount, currency, status, provider').eq('order_id', order.id)
    )
    assert.deepEqual({ ...payment, id: null }, {
      id: null, amount: order.total, currency: order.currency, status: 'pending', provider: 'cod'
    })
    const stranger = await customer()
    assert.deepEqual(data(await stranger.client.from('payments').select('id').eq('id', payment.id)), [])
    denied(await anonymous().from('payments').select('id').eq('id', payment.id))
  })
})
