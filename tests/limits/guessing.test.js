// Wrong guesses are counted though each is answered; too many are refused for a while. Alone in its folder, because the
// limits bind everybody who tests from the same address.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { anonymous, data, publishableKey, url } from '../helpers/clients.js'
import { coupon, guestCheckout, product, shippingMethod, shop, unique, withoutLimits } from '../helpers/shop.js'

const set = (key, value) => shop.from('system_settings').update({ value }).eq('key', key).select().single().then(data)
let good, order

before(async () => {
  await withoutLimits()
  good = await coupon()
  const thing = await product()
  order = data(await anonymous().rpc('place_order', guestCheckout(await shippingMethod(), [thing])))
  await set('rate_limits.coupons', '3/hour')
  await set('rate_limits.enabled', true)
})

after(async () => {
  await set('rate_limits.coupons', '30/minute')
  await withoutLimits()
})

/** Calls until it is refused for guessing too often; fails when it never is. */
async function guess(name, args) {
  for (let count = 0; count < 10; count++) {
    const answer = await fetch(`${url}/rest/v1/rpc/${name}`, {
      method: 'POST',
      headers: { apikey: publishableKey, 'content-type': 'application/json' },
      body: JSON.stringify(args())
    })
    if (answer.status === 429) {
      assert.ok(Number(answer.headers.get('retry-after')) > 0, 'Retry-After says when to come back')
      return
    }
    assert.equal(answer.status, 200)
    await answer.arrayBuffer()
  }
  assert.fail(`${name} may be guessed at without end`)
}

test('coupons: after too many wrong codes even a good one is refused', async () => {
  await guess('validate_coupon', () => ({ code: unique('GUESS'), subtotal: 100 }))
  const { error, status } = await anonymous().rpc('validate_coupon', { code: good.code, subtotal: 100 })
  assert.deepEqual([status, error?.code], [429, 'rate_limited'])
})

test('guest orders: after too many wrong tokens another is refused, and the right one opens its order all the same', async () => {
  await guess('guest_order', () => ({ order_number: order.order_number, guest_token: unique('token') }))
  const { order_number, guest_token } = order
  const wrong = await anonymous().rpc('guest_order', { order_number, guest_token: unique('token') })
  assert.deepEqual([wrong.status, wrong.error?.code], [429, 'rate_limited'])
  assert.ok(JSON.parse(wrong.error.details).retry_after > 0)
  assert.equal(data(await anonymous().rpc('guest_order', { order_number, guest_token })).id, order.id)
})

test('tracking: too many wrong guesses are answered 429, without an error raised', async () => {
  await guess('track_order', () => ({ order_number: order.order_number, email: `${unique('guess')}@example.com` }))
})
