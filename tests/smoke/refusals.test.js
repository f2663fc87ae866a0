// What a Supabase refuses whoever asks: the same on every one.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { anonymous, data, publishableKey, url } from '../helpers/clients.js'
import { customer } from '../helpers/people.js'
import { category, shop, unique } from '../helpers/shop.js'

describe('a change of a whole table', () => {
  test('is refused, to the secret key too, and nothing changes', async () => {
    const { id } = await category({ sort_order: 7 })
    const update = await shop.from('categories').update({ sort_order: 99 })
    assert.deepEqual([update.status, update.error?.code], [400, '21000'])
    assert.match(update.error.message, /UPDATE requires a WHERE clause/)
    const removal = await shop.from('categories').delete()
    assert.deepEqual([removal.status, removal.error?.code], [400, '21000'])
    assert.match(removal.error.message, /DELETE requires a WHERE clause/)
    assert.equal(data(await shop.from('categories').select('sort_order').eq('id', id).single()).sort_order, 7)
  })

  test('of chosen rows is made', async () => {
    const { id } = await category({ sort_order: 7 })
    data(await shop.from('categories').update({ sort_order: 8 }).eq('id', id).select().single())
    data(await shop.from('categories').delete().or(`id.eq.${id}`).select().single())
  })
})

describe('what somebody has no right to', () => {
  test('is 403 for who has signed in, 401 for who has not', async () => {
    const { client } = await customer()
    const row = { key: unique('sly'), value: true }
    const known = await client.from('system_settings').insert(row)
    const unknown = await anonymous().from('system_settings').insert(row)
    assert.deepEqual([unknown.status, unknown.error?.code], [401, '42501'])
    assert.deepEqual([known.status, known.error?.code], [403, '42501'])
  })
})

describe('a column that is not there', () => {
  test('is an error of the database when it is read', async () => {
    const answer = await anonymous().from('categories').select('id').eq('nonsense', 1)
    assert.deepEqual([answer.status, answer.error?.code], [400, '42703'])
  })
})

describe('a text where a function wants a list', () => {
  test('is refused', async () => {
    const answer = await shop.rpc('announce_payment_methods', { methods: 'cod' })
    assert.deepEqual([answer.status, answer.error?.code], [400, '22P02'])
  })
})

describe('what a project has turned off or has not', () => {
  const auth = (path, options = {}) =>
    fetch(`${url}/auth/v1/${path}`, { redirect: 'manual', ...options, headers: { apikey: publishableKey } })

  test('is said by Auth in its own form', async () => {
    const oauth = await auth('authorize?provider=github')
    assert.equal(oauth.status, 400)
    assert.equal((await oauth.json()).error_code, 'validation_failed')
    const sso = await auth('sso', { method: 'POST', body: JSON.stringify({ domain: 'example.com' }) })
    assert.equal(sso.status, 404)
    assert.equal((await sso.json()).error_code, 'saml_provider_disabled')
  })

  test('is said by Storage in its own form', async () => {
    const bucket = unique('pictures')
    data(await shop.storage.createBucket(bucket, { public: true }))
    const answer = await fetch(`${url}/storage/v1/render/image/public/${bucket}/a.png?width=10`)
    assert.ok(answer.status >= 400, `status ${answer.status}`)
    assert.ok((await answer.json()).message)
  })
})
