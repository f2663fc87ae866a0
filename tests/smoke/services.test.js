import assert from 'node:assert/strict'
import { test } from 'node:test'

import { anonymous, data, publishableKey, service, url } from '../helpers/clients.js'

test('Auth says that it is well', async () => {
  const answer = await fetch(`${url}/auth/v1/health`, { headers: { apikey: publishableKey } })
  assert.equal(answer.status, 200)
})

test('a visitor reads the catalogue', async () => {
  data(await anonymous().from('categories').select('id').limit(1))
})

test('a key that is not of this project is refused', async () => {
  const answer = await fetch(`${url}/rest/v1/categories`, { headers: { apikey: 'sb_publishable_wrong' } })
  assert.equal(answer.status, 401)
})

test('the secret key lists users, the publishable key does not', async () => {
  const { users } = data(await service().auth.admin.listUsers({ page: 1, perPage: 1 }))
  assert.ok(Array.isArray(users))
  const { error } = await anonymous().auth.admin.listUsers()
  assert.ok(error, 'a visitor must not list users')
})

test('Storage lists its buckets to the secret key', async () => {
  assert.ok(Array.isArray(data(await service().storage.listBuckets())))
})
