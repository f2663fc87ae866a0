// A page calls the edge's own routes as it would Supabase's Edge Functions.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'

import { anonymousAt, data, edgeUrl } from '../helpers/clients.js'
import { guestCheckout, product, shippingMethod, shop, withoutLimits } from '../helpers/shop.js'

const page = anonymousAt(edgeUrl)
let order

/** Asks again while the edge has not seen yet that the shop takes payment links. */
async function linkTo(body) {
  for (const deadline = Date.now() + 20_000; ; await setTimeout(200)) {
    const answer = await page.functions.invoke('payment-link', { body })
    const status = answer.error?.context.status
    if (status !== 422 || Date.now() > deadline) {
      return answer
    }
  }
}

before(async () => {
  await withoutLimits()
  const template = 'https://pay.example/?order={order_number}&amount={amount}&currency={currency}&t={expires}&s={signature}'
  data(await shop.from('system_settings').update({ value: template }).eq('key', 'payment_link.template').select().single())
  const checkout = guestCheckout(await shippingMethod(), [await product()], { payment_method: 'payment_link' })
  order = data(await page.rpc('place_order', checkout))
})

test('functions.invoke gets a payment link', async () => {
  const link = data(await linkTo({ order_id: order.id, guest_token: order.guest_token }))
  assert.ok(link.url.startsWith(`${edgeUrl}/pay/`), link.url)
  assert.ok(new Date(link.expires_at) > new Date())
  const visit = await fetch(link.url, { redirect: 'manual' })
  assert.equal(visit.status, 303)
  assert.ok(visit.headers.get('location').startsWith(`https://pay.example/?order=${order.order_number}&`))
})

test('functions.invoke gets an error that can be read', async () => {
  const body = { order_id: randomUUID(), guest_token: order.guest_token }
  const { error } = await linkTo(body)
  assert.equal(error.context.status, 404)
  assert.equal((await error.context.json()).code, 'not_found')
})

test('a function that is not there is not found', async () => {
  const { error } = await page.functions.invoke('nothing-of-this-name', { body: {} })
  assert.equal(error.context.status, 404)
})

test('a browser may call from another origin', async () => {
  const origin = 'https://shop.example'
  const answer = await fetch(`${edgeUrl}/functions/v1/payment-link`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,apikey,content-type,x-client-info'
    }
  })
  assert.ok(answer.ok, `status ${answer.status}`)
  assert.ok(['*', origin].includes(answer.headers.get('access-control-allow-origin')))
  const allowed = answer.headers.get('access-control-allow-headers').toLowerCase()
  for (const header of ['authorization', 'apikey', 'content-type', 'x-client-info']) {
    assert.ok(allowed.includes(header), allowed)
  }
})

test('every answer has an id by which to ask about it', async () => {
  const id = randomUUID()
  const answer = await fetch(`${edgeUrl}/rest/v1/products?limit=1`, { headers: { 'x-request-id': id } })
  assert.equal(answer.headers.get('x-request-id'), id)
  assert.match((await fetch(`${edgeUrl}/health`)).headers.get('x-request-id'), /./)
})
