// The database repeats the limits on writes, for who goes round the edge. Alone in its folder, because the limits bind
// everybody who tests from the same address.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import pg from 'pg'

import { anonymous, data, database, publishableKey, url } from '../helpers/clients.js'
import { refused } from '../helpers/expect.js'
import { admin, customer } from '../helpers/people.js'
import { checkout, guestCheckout, product, shippingMethod, shop, unique, withoutLimits } from '../helpers/shop.js'

const limits = { orders: '2/hour', general: '4/hour', admin: '4/hour', product_create: '2/hour' }
const usual = { orders: '5/minute', general: '100/minute', admin: '500/minute', product_create: '20/hour' }
const set = (key, value) => shop.from('system_settings').update({ value }).eq('key', key).select().single().then(data)
const setAll = limits => Promise.all(Object.entries(limits).map(([name, limit]) => set(`rate_limits.${name}`, limit)))
let thing, method, buyer, keeper

before(async () => {
  thing = await product({ stock: 1000 })
  method = await shippingMethod()
  buyer = await customer()
  keeper = await admin()
  await setAll(limits)
  await set('rate_limits.enabled', true)
})

after(async () => {
  await withoutLimits()
  await setAll(usual)
})

/** The first answer that is refused for being too much. An hour may end in between, so the limit may be had twice. */
async function untilRefused(limit, request) {
  const most = 2 * Number.parseInt(limit)
  for (let count = 0; count <= most; count++) {
    const answer = await request()
    if (answer.error) {
      assert.ok(count > 0, 'the first one passes')
      return answer
    }
  }
  return assert.fail(`more than ${most} pass at a limit of ${limit}`)
}

test('guests: orders are limited by address, and the refusal says when to come back', async () => {
  const order = () => anonymous().rpc('place_order', guestCheckout(method, [thing]))
  refused(await untilRefused(limits.orders, order), 429, 'rate_limited')
  const answer = await fetch(`${url}/rest/v1/rpc/place_order`, {
    method: 'POST',
    headers: { apikey: publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify(guestCheckout(method, [thing]))
  })
  const { details } = await answer.json()
  // As many seconds as are left of the hour, but for the hour's end between the two.
  if (answer.status === 429) {
    const seconds = Number(answer.headers.get('retry-after'))
    assert.ok(seconds >= 1 && seconds <= 3600, `Retry-After: ${seconds}`)
    assert.deepEqual(JSON.parse(details), { retry_after: seconds }, 'also in the body, because supabase-js hides headers')
  } else {
    assert.equal(answer.status, 200)
  }
})

test('customers: orders are limited by account', async () => {
  const order = () => buyer.client.rpc('place_order', checkout(method, [thing]))
  refused(await untilRefused(limits.orders, order), 429, 'rate_limited')
})

test('other writes are limited by address, reads are not', async () => {
  const write = () => buyer.client.rpc('add_to_cart', { product_id: thing.id, quantity: 1 })
  refused(await untilRefused(limits.general, write), 429, 'rate_limited')
  for (let count = 0; count < 10; count++) {
    data(await buyer.client.from('products').select('id').eq('id', thing.id).single())
  }
})

test('admins: products are limited by account, and so is the rest', async () => {
  const create = () => {
    const slug = unique('product')
    return keeper.client.from('products').insert({ slug, sku: slug.toUpperCase(), name: slug, price: 1 }).select().single()
  }
  refused(await untilRefused(limits.product_create, create), 429, 'rate_limited')
  const change = () => keeper.client.from('products').update({ brand: unique('brand') }).eq('id', thing.id).select().single()
  refused(await untilRefused(limits.admin, change), 429, 'rate_limited')
})

test('the service is not limited', async () => {
  for (let count = 0; count < 10; count++) {
    data(await shop.from('products').update({ brand: unique('brand') }).eq('id', thing.id).select().single())
  }
})

test('an IPv6 customer is limited as one, whichever address of their network they take', async () => {
  const session = new pg.Client({ connectionString: database })
  await session.connect()
  const network = `2001:db8:${unique('').slice(-4)}:1`
  const order = async host => {
    await session.query('begin')
    try {
      await session.query(
        `select set_config('request.headers', $1, true), set_config('request.method', 'POST', true),
          set_config('request.path', '/rpc/place_order', true), set_config('role', 'anon', true)`,
        [JSON.stringify({ 'cf-connecting-ip': `${network}::${host}` })]
      )
      await session.query('select private.pre_request()')
      await session.query('commit')
      return { error: null }
    } catch (error) {
      await session.query('rollback')
      return { error }
    }
  }
  try {
    let host = 0
    const { error } = await untilRefused(limits.orders, () => order((host += 1)))
    assert.equal(JSON.parse(error.message).code, 'rate_limited')
  } finally {
    await session.end()
  }
})

test('requests of one address never wait for each other', async () => {
  const sessions = Array.from({ length: 4 }, () => new pg.Client({ connectionString: database }))
  const headers = JSON.stringify({ 'cf-connecting-ip': `2001:db8:${unique('').slice(-4)}::1` })
  const pass = async session => {
    await session.connect()
    await session.query('begin')
    // Whoever has to wait fails.
    await session.query("set local lock_timeout = '1s'")
    await session.query(
      `select set_config('request.headers', $1, true), set_config('request.method', 'POST', true),
        set_config('request.path', '/rpc/place_order', true), set_config('role', 'anon', true)`,
      [headers]
    )
    await session.query('select private.pre_request()')
  }
  try {
    // Each transaction stays open while the next ones count the same address.
    for (const session of sessions) {
      await pass(session)
    }
    await Promise.all(sessions.map(session => session.query('commit')))
    // Unseen by each other, more than the limit passed; who comes later sees them all.
    const late = new pg.Client({ connectionString: database })
    sessions.push(late)
    await assert.rejects(pass(late), ({ code, message }) => code === 'PGRST' && JSON.parse(message).code === 'rate_limited')
  } finally {
    await Promise.all(sessions.map(session => session.end()))
  }
})
