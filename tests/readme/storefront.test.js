// A frontend developer pastes the README's lines, in their order, into a new project.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { data, publishableKey, url } from '../helpers/clients.js'
import { customer } from '../helpers/people.js'
import { category, product, shippingMethod, shop, withoutLimits } from '../helpers/shop.js'
import { blocks, folder, read } from './blocks.js'

const purchase = blocks('A first purchase', 'js').join('')
const section = blocks('For frontend developers', 'js').join('')
const ORDER = /^\S+-\d{6}-\d{7,}: [\d.]+ [A-Z]{3}$/m

/** What only the shop's own services call. */
const OF_SERVICES = [
  'announce_payment_methods',
  'announce_uploads',
  'claim_messages',
  'claim_storage_removals',
  'complete_message',
  'confirm_storage_removals',
  'edge_configuration',
  'fail_message',
  'finish_job',
  'payment_link_target',
  'record_payment_event',
  'record_refund_event',
  'record_refusals',
  'register_job',
  'renew_job',
  'renew_message',
  'require_admin',
  'set_payment_reference',
  'start_job',
  'start_payment'
]

const place = folder()
after(() => rmSync(place, { recursive: true }))

/** Runs lines as a program of their own: `{stdout, requests}`. Fails when they throw. */
function run(lines, env) {
  const program = join(place, 'shop.mjs')
  const log = join(place, 'requests')
  writeFileSync(program, lines)
  writeFileSync(log, '')
  const recorder = fileURLToPath(new URL('record.js', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', recorder, program], {
    encoding: 'utf8',
    env: { ...process.env, API_URL: url, PUBLISHABLE_KEY: publishableKey, REQUEST_LOG: log, ...env }
  })
  assert.equal(status, 0, `${stdout}${stderr}`)
  const requests = readFileSync(log, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line))
  return { stdout, requests }
}

before(async () => {
  await withoutLimits()
  await shippingMethod()
  const template = 'https://pay.example/?o={order_number}&a={amount}&c={currency}&e={expires}&s={signature}'
  data(await shop.rpc('admin_update_settings', { changes: { 'payment_link.template': template } }))
  const { id: category_id } = await category()
  await product({ category_id, price: 120, stock: 20, is_featured: true })
})

test('the first purchase places an order', () => {
  const { stdout, requests } = run(purchase)
  assert.match(stdout, ORDER)
  assert.deepEqual(requests.filter(request => request.status >= 400), [])
})

describe('the lines for frontend developers', () => {
  let stdout, requests
  before(async () => {
    const { email, password } = await customer()
    ;({ stdout, requests } = run(purchase + section, { EMAIL: email, PASSWORD: password }))
  })

  const rows = [
    ['GET /auth/me', /rpc\/me$/],
    ['GET/PUT /users/me', /^PATCH .*user_profiles\?/],
    ['POST /auth/refresh', /token\?grant_type=refresh_token/],
    ['GET /products', /products\?select=\*,category:categories\(\*\),images:product_images\(\*\).*order=price/],
    ['GET /products/{id_or_slug}', /products\?.*variants:products!parent_id\(\*\).*slug=eq\./],
    ['GET /products/category/{slug}', /rpc\/search_products$/],
    ['GET /products/search?q=', /rpc\/search_products\?.*select=/],
    ['rpc/product_facets', /rpc\/product_facets/],
    ['GET /products/featured', /products\?.*is_featured=is\.true/],
    ['GET /products/{id}/related', /rpc\/related_products/],
    ['categories', /categories\?select=/],
    ['rpc/category_tree', /rpc\/category_tree/],
    ['GET /cart', /rpc\/get_cart/],
    ['POST /cart/items', /rpc\/add_to_cart/],
    ['PUT, DELETE /cart/items', /rpc\/set_cart_item/],
    ['cart clear', /rpc\/clear_cart/],
    ['POST /cart/sync', /rpc\/sync_cart/],
    ['GET /shipping/methods, /calculate', /rpc\/shipping_options/],
    ['GET /coupons/validate', /rpc\/validate_coupon/],
    ['POST /orders', /rpc\/place_order/],
    ['GET /orders, /{id}, /{id}/items', /orders\?select=\*,items:order_items\(\*\),history:order_status_history\(\*\),payments\(\*\)/],
    ['POST /orders/{id}/cancel', /rpc\/cancel_order/],
    ['guest order: read', /rpc\/guest_order/],
    ['guest order: cancel', /rpc\/cancel_guest_order/],
    ['guest order: track', /rpc\/track_order/],
    ['guest signs up', /rpc\/claim_guest_orders/],
    ['wishlist: read', /^GET .*wishlists\?select=\*,product:products\(\*\)/],
    ['wishlist: add', /^POST .*wishlists/],
    ['wishlist: remove', /^DELETE .*wishlists/],
    ['addresses: read', /^GET .*user_addresses\?/],
    ['addresses: add', /^POST .*user_addresses/],
    ['addresses: change', /^PATCH .*user_addresses/],
    ['addresses: delete', /^DELETE .*user_addresses/],
    ['GET /payments/{id}', /payments\?select=/],
    ['payment link', /^POST .*functions\/v1\/payment-link/]
  ]
  for (const [row, request] of rows) {
    test(`show ${row}, and it works`, () => {
      const found = requests.filter(({ method, path }) => request.test(`${method} ${path}`))
      assert.ok(found.length > 0, `no line of the README asks for ${request}`)
      assert.ok(found.some(({ status }) => status < 300), JSON.stringify(found))
    })
  }

  test('are refused nothing but what shows an error, whose details can be read', () => {
    const refused = requests.filter(request => request.status >= 400)
    assert.deepEqual(refused, [{ method: 'POST', path: '/rest/v1/rpc/add_to_cart', status: 409 }])
    assert.match(stdout, /^left: \d+$/m)
  })

  test('show every function a shop may call', () => {
    const types = read('types/database.types.ts')
    const functions = types.slice(types.indexOf('\n    Functions: {\n'), types.indexOf('\n    Enums: {'))
    const names = [...functions.matchAll(/^      (\w+):/gm)].map(match => match[1])
    // Computed fields are functions as well: what they take is a row.
    const computed = new Set([...types.matchAll(/ComputedFields:([^}]*?)Insert:/g)].flatMap(match => match[1].match(/\w+/g)))
    const calls = names.filter(name => !name.startsWith('admin_') && !computed.has(name) && !OF_SERVICES.includes(name))
    assert.ok(calls.includes('place_order') && calls.length > 15, calls.join())
    assert.deepEqual(calls.filter(name => !(purchase + section).includes(`rpc('${name}'`)), [])
  })
})
