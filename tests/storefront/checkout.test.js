import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { clientError, invalid, refused } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import {
  address, category, checkout, coupon, guestCheckout, onSale, product, shippingMethod, shop, unique, withoutLimits
} from '../helpers/shop.js'

const visitor = anonymous()
before(withoutLimits)

describe('GET /shipping/methods, /calculate: rpc/shipping_options', () => {
  const name = unique('Courier')
  before(async () => {
    await shippingMethod({ name: `${name} city`, zones: ['MA:Casablanca'], price: 20, free_from: 400, estimated_days_min: 0, estimated_days_max: 1 })
    await shippingMethod({ name: `${name} land`, zones: ['MA'], price: 39, description: 'Partout' })
    await shippingMethod({ name: `${name} world`, zones: [], price: 250 })
    await shippingMethod({ name: `${name} off`, zones: ['MA'], is_active: false })
  })

  const options = async args =>
    data(await visitor.rpc('shipping_options', args)).filter(row => row.name.startsWith(name))
  const names = async args => (await options(args)).map(row => row.name.slice(name.length + 1)).sort()

  test('a city, a country and everywhere are served by what says so', async () => {
    assert.deepEqual(await names({ country: 'MA', city: 'Casablanca', subtotal: 0 }), ['city', 'land', 'world'])
    assert.deepEqual(await names({ country: 'MA', city: 'Fès', subtotal: 0 }), ['land', 'world'])
    assert.deepEqual(await names({ country: 'FR', city: 'Paris', subtotal: 0 }), ['world'])
  })

  test('case, accents and spaces do not matter', async () => {
    assert.deepEqual(await names({ country: 'ma', city: '  CASABLANCA ', subtotal: 0 }), ['city', 'land', 'world'])
  })

  test('it is free from the subtotal on that the method says', async () => {
    const price = async subtotal =>
      (await options({ country: 'MA', city: 'Casablanca', subtotal })).find(row => row.name === `${name} city`).price
    assert.deepEqual([await price(399.99), await price(400)], [20, 0])
  })

  test('a row holds what a page shows', async () => {
    const [row] = (await options({ country: 'MA', city: 'Casablanca', subtotal: 0 })).filter(
      option => option.name === `${name} city`
    )
    assert.deepEqual(Object.keys(row).sort(), [
      'description', 'estimated_days_max', 'estimated_days_min', 'id', 'name', 'price'
    ])
  })

  test('a country is two letters, a subtotal is an amount', async () => {
    invalid(await visitor.rpc('shipping_options', { country: 'Morocco', subtotal: -1 }), 'country', 'subtotal')
  })
})

describe('GET /coupons/validate: rpc/validate_coupon', () => {
  const hour = hours => new Date(Date.now() + hours * 3_600_000).toISOString()
  const validate = async (columns, subtotal = 200) => {
    const { code } = await coupon(columns)
    const { code: said, ...answer } = data(await visitor.rpc('validate_coupon', { code: ` ${code.toLowerCase()} `, subtotal }))
    assert.equal(said, code)
    return answer
  }

  for (const [what, columns, subtotal, discount_type, discount_amount] of [
    ['a percentage, rounded half up', { discount_value: 15 }, 99.9, 'percentage', 14.99],
    ['a percentage, up to its maximum', { discount_value: 50, max_discount_amount: 60 }, 200, 'percentage', 60],
    ['a fixed amount', { discount_type: 'fixed', discount_value: 50 }, 200, 'fixed', 50],
    ['a fixed amount, never above the subtotal', { discount_type: 'fixed', discount_value: 500 }, 200, 'fixed', 200],
    ['free shipping, which leaves the subtotal alone', { discount_type: 'free_shipping', discount_value: 0 }, 200, 'free_shipping', 0]
  ]) {
    test(what, async () => {
      assert.deepEqual(await validate(columns, subtotal), { valid: true, discount_type, discount_amount, reason: null })
    })
  }

  for (const [reason, columns] of [
    ['expired', { starts_at: hour(-2), expires_at: hour(-1) }],
    ['not_started', { starts_at: hour(1) }],
    ['min_amount', { min_order_amount: 200.01 }],
    ['invalid', { is_active: false }]
  ]) {
    test(`a coupon that is not good answers ${reason}, without an error`, async () => {
      assert.deepEqual(await validate(columns), { valid: false, discount_type: null, discount_amount: 0, reason })
    })
  }

  test('an unknown code answers invalid', async () => {
    const answer = data(await visitor.rpc('validate_coupon', { code: unique('NONE'), subtotal: 100 }))
    assert.equal(answer.reason, 'invalid')
  })

  test('exhausted and already_used', async () => {
    const method = await shippingMethod()
    const thing = await product({ stock: 10 })
    const buyer = await customer()
    const once = await coupon({ usage_limit: 1 })
    const oncePerPerson = await coupon({ usage_limit_per_user: 1 })
    for (const { code } of [once, oncePerPerson]) {
      data(await buyer.client.rpc('place_order', checkout(method, [thing], { coupon_code: code })))
    }
    const reason = async (client, { code }) => data(await client.rpc('validate_coupon', { code, subtotal: 100 })).reason
    assert.equal(await reason(visitor, once), 'exhausted')
    assert.equal(await reason(buyer.client, oncePerPerson), 'already_used')
    assert.equal(await reason(visitor, oncePerPerson), null)
  })

  test('a customer is one person, as a guest too', async () => {
    const method = await shippingMethod()
    const thing = await product({ stock: 10 })
    const buyer = await customer()
    const { code } = await coupon({ usage_limit_per_user: 1 })
    data(await visitor.rpc('place_order', guestCheckout(method, [thing], { guest_email: buyer.email, coupon_code: code })))
    assert.equal(data(await buyer.client.rpc('validate_coupon', { code, subtotal: 100 })).reason, 'already_used')
    refused(
      await buyer.client.rpc('place_order', checkout(method, [thing], { coupon_code: code })),
      409,
      'coupon_already_used'
    )
  })

  test('a subtotal is an amount', async () => {
    invalid(await visitor.rpc('validate_coupon', { code: 'X', subtotal: -1 }), 'subtotal')
    for (const subtotal of [null, 'much']) {
      clientError(await visitor.rpc('validate_coupon', { code: 'X', subtotal }))
    }
  })
})

describe('POST /orders: rpc/place_order', () => {
  let method
  before(async () => {
    method = await shippingMethod({ price: 30, free_from: 500 })
  })

  test('the discount is spread over the lines and adds back to the centime', async () => {
    const things = []
    for (const price of [33.33, 33.33, 33.34, 0.01]) things.push(await product({ price, stock: 9 }))
    const { code } = await coupon({ discount_type: 'fixed', discount_value: 10 })
    const order = data(await visitor.rpc('place_order', guestCheckout(method, things, { coupon_code: code })))
    const cents = key => order.items.reduce((sum, item) => sum + Math.round(item[key] * 100), 0)
    assert.equal(cents('discount_amount'), 1000)
    assert.equal(cents('line_total'), Math.round((order.subtotal - order.discount_amount) * 100))
    assert.equal(order.total, 120.01)
  })

  test('tax is what the amounts contain, line by line, shipping included', async () => {
    const book = await product({ price: 110, tax_rate: 10, stock: 9 })
    const vase = await product({ price: 120, tax_rate: 20, stock: 9 })
    const fruit = await product({ price: 15, tax_rate: 0, stock: 9 })
    const { data: rate } = await shop.from('system_settings').select('value').eq('key', 'tax.shipping_rate').single()
    const order = data(await visitor.rpc('place_order', guestCheckout(method, [book, vase, fruit])))
    const tax = id => order.items.find(item => item.product_id === id).tax_amount
    assert.deepEqual([tax(book.id), tax(vase.id), tax(fruit.id)], [10, 20, 0])
    const shipping = Math.round((order.shipping_cost * rate.value * 100) / (100 + rate.value)) / 100
    assert.equal(order.tax_amount, 30 + shipping)
  })

  test('shipping is free from a subtotal on, whatever the discount', async () => {
    const rug = await product({ price: 500, stock: 9 })
    const { code } = await coupon({ discount_value: 50 })
    const order = data(await visitor.rpc('place_order', guestCheckout(method, [rug], { coupon_code: code })))
    assert.deepEqual([order.subtotal, order.discount_amount, order.shipping_cost, order.total], [500, 250, 0, 250])
  })

  test('a free_shipping coupon pays for shipping alone', async () => {
    const bowl = await product({ price: 20, stock: 9 })
    const { code } = await coupon({ discount_type: 'free_shipping', discount_value: 0 })
    const order = data(await visitor.rpc('place_order', guestCheckout(method, [bowl], { coupon_code: code })))
    assert.deepEqual([order.discount_amount, order.shipping_cost, order.total], [0, 0, 20])
  })

  test('an amount that a client sends is refused', async () => {
    const bowl = await product()
    clientError(await visitor.rpc('place_order', { ...guestCheckout(method, [bowl]), total: 1 }))
    assert.equal(await onSale(visitor, bowl.id), 10)
  })

  test('a payment link says what comes next', async () => {
    const bowl = await product()
    const order = data(
      await visitor.rpc('place_order', guestCheckout(method, [bowl], { payment_method: 'payment_link' }))
    )
    assert.deepEqual(order.next_action, { type: 'payment_link' })
    assert.equal(order.payment_method, 'payment_link')
  })

  test('the same request under one idempotency key gives the same order, and takes stock once', async () => {
    const bowl = await product({ stock: 5 })
    const request = guestCheckout(method, [bowl], { idempotency_key: crypto.randomUUID() })
    const first = data(await visitor.rpc('place_order', request))
    assert.deepEqual(data(await visitor.rpc('place_order', request)), first)
    assert.equal(await onSale(visitor, bowl.id), 4)
  })

  test("one customer's key is not another's", async () => {
    const bowl = await product({ stock: 5 })
    const [one, two] = [await customer(), await customer()]
    const request = checkout(method, [bowl], { idempotency_key: 'checkout-1' })
    const first = data(await one.client.rpc('place_order', request))
    const second = data(await two.client.rpc('place_order', request))
    assert.notEqual(first.id, second.id)
  })

  test('a saved address may be sent as it is', async () => {
    const buyer = await customer()
    const bowl = await product()
    const saved = data(
      await buyer.client
        .from('user_addresses')
        .insert({ label: 'Maison', full_name: 'Salma', line1: '1 rue', city: 'Fès', is_default_shipping: true })
        .select()
        .single()
    )
    const order = data(
      await buyer.client.rpc('place_order', checkout(method, [bowl], { shipping_address: saved, billing_address: saved }))
    )
    assert.equal(order.shipping_address.line1, '1 rue')
    assert.ok(!('user_id' in order.shipping_address))
  })

  test('an order keeps what was bought as it was then', async () => {
    const buyer = await customer()
    const bowl = await product({ name: 'Bol', price: 20 })
    const order = data(await buyer.client.rpc('place_order', checkout(method, [bowl])))
    data(await shop.from('products').update({ name: 'Bol bleu', price: 99 }).eq('id', bowl.id).select())
    const [line] = data(await buyer.client.from('order_items').select('name, unit_price').eq('order_id', order.id))
    assert.deepEqual(line, { name: 'Bol', unit_price: 20 })
  })
})

describe('GET /orders, /{id}, /{id}/items', () => {
  test('a customer lists their orders with items, history and payments, newest first', async () => {
    const buyer = await customer()
    const method = await shippingMethod()
    const bowl = await product({ category_id: (await category()).id })
    const numbers = []
    for (let count = 0; count < 2; count++) {
      numbers.unshift(data(await buyer.client.rpc('place_order', checkout(method, [bowl]))).order_number)
    }
    const page = await buyer.client
      .from('orders')
      .select('*,items:order_items(*),history:order_status_history(*),payments(*)', { count: 'exact' })
      .order('placed_at', { ascending: false })
    assert.deepEqual(data(page).map(order => order.order_number), numbers)
    assert.equal(page.count, 2)
    for (const order of page.data) {
      assert.deepEqual([order.items.length, order.history.length, order.payments.length], [1, 0, 1])
      assert.equal(order.shipping_address.city, address.city)
    }
  })
})

describe('POST /orders/{id}/cancel: rpc/cancel_order', () => {
  test('the owner cancels and gets the order back as it is now', async () => {
    const buyer = await customer()
    const method = await shippingMethod()
    const bowl = await product()
    const { id } = data(await buyer.client.rpc('place_order', checkout(method, [bowl])))
    const cancelled = data(await buyer.client.rpc('cancel_order', { order_id: id, reason: 'Trop cher\nfinalement' }))
    assert.deepEqual([cancelled.id, cancelled.status], [id, 'cancelled'])
    const [payment] = data(await buyer.client.from('payments').select('status').eq('order_id', id))
    assert.equal(payment.status, 'cancelled')
  })

  test('an unknown order and a reason with script are refused', async () => {
    const buyer = await customer()
    refused(await buyer.client.rpc('cancel_order', { order_id: crypto.randomUUID() }), 404, 'not_found')
    clientError(await buyer.client.rpc('cancel_order', { order_id: null }))
    invalid(
      await buyer.client.rpc('cancel_order', { order_id: crypto.randomUUID(), reason: '<script>alert(1)</script>' }),
      'reason'
    )
  })
})
