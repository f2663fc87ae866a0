// What a shop must have before somebody can buy from it. Every name is new, so tests don't meet each other or the demo shop.
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'

import { data, service, url } from './clients.js'

export const shop = service()

/** `tea-0123456789ab`: a name that nothing has yet. */
export function unique(prefix) {
  return `${prefix}-${randomBytes(6).toString('hex')}`
}

/** An address that the country-wide shipping method of these tests serves. */
export const address = Object.freeze({
  full_name: "Salma O'Brien Idrissi",
  phone: '+212 600-000000',
  line1: '12 rue Talaa Kebira',
  city: 'Fès',
  postal_code: '30000',
  country: 'MA'
})

/**
 * Limits count requests of one address, and all tests come from one: they want a project of their own. Whoever imports
 * this file begins without them; tests of limits turn them on again, alone in their folder.
 */
export async function withoutLimits() {
  data(await shop.from('system_settings').update({ value: false }).eq('key', 'rate_limits.enabled').select().single())
  // An edge takes a few seconds to see it; until then its answers name a limit.
  while ((await fetch(`${url}/health`)).headers.has('ratelimit')) {
    await setTimeout(100)
  }
}
await withoutLimits()

export async function category(columns = {}) {
  const slug = unique('category')
  return data(await shop.from('categories').insert({ slug, name: `Rayon ${slug}`, ...columns }).select().single())
}

/** A product with this many units in the warehouse. */
export async function product({ stock = 10, ...columns } = {}) {
  const slug = unique('product')
  const made = data(
    await shop
      .from('products')
      .insert({ slug, sku: slug.toUpperCase(), name: `Article ${slug}`, price: 100, ...columns })
      .select()
      .single()
  )
  if (stock > 0) {
    data(await shop.rpc('admin_adjust_stock', { product_id: made.id, quantity: stock, reason: 'Delivery' }))
  }
  return made
}

export async function coupon(columns = {}) {
  return data(
    await shop
      .from('coupons')
      .insert({ code: unique('CODE').toUpperCase(), discount_type: 'percentage', discount_value: 10, ...columns })
      .select()
      .single()
  )
}

/** A shipping method for the whole country, without columns to the contrary. */
export async function shippingMethod(columns = {}) {
  return data(
    await shop
      .from('shipping_methods')
      .insert({ name: unique('Courier'), price: 30, zones: ['MA'], ...columns })
      .select()
      .single()
  )
}

/** `{stock, reserved_stock}` as the warehouse has them. */
export async function stockOf(productId) {
  return data(
    await shop.from('inventory').select('stock, reserved_stock').eq('product_id', productId).single()
  )
}

/** Units on sale, as a visitor sees them. */
export async function onSale(client, productId) {
  return data(await client.from('products').select('available_stock').eq('id', productId).single()).available_stock
}

/** What `place_order` is told, but for who buys: one unit of a product unless said otherwise. */
export function checkout(method, items, more = {}) {
  return {
    shipping_address: address,
    shipping_method_id: method.id,
    payment_method: 'cod',
    items: items.map(item => (item.quantity ? item : { product_id: item.id, quantity: 1 })),
    ...more
  }
}

/** A guest's checkout, with an e-mail of its own. */
export function guestCheckout(method, items, more = {}) {
  return checkout(method, items, { guest_email: `${unique('guest')}@example.com`, ...more })
}
