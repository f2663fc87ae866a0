import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { denied, invalid, refused } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'

describe('GET /auth/me, GET/PUT /users/me', () => {
  let person
  before(async () => {
    person = await customer({ name: 'Salma Idrissi' })
  })

  test('rpc/me says who is signed in', async () => {
    assert.deepEqual(data(await person.client.rpc('me')), {
      id: person.id,
      email: person.email,
      role: 'customer',
      name: 'Salma Idrissi',
      phone: null,
      aal: 'aal1'
    })
  })

  test('rpc/me is refused to a visitor', async () => {
    refused(await anonymous().rpc('me'), 401, 'unauthenticated')
  })

  test('people change their name and phone', async () => {
    const changes = { name: "Salma O'Brien سلمى 🌸", phone: '+212 600-112233' }
    data(await person.client.from('user_profiles').update(changes).eq('id', person.id).select().single())
    const me = data(await person.client.rpc('me'))
    assert.deepEqual({ name: me.name, phone: me.phone }, changes)
  })

  test('a name with HTML and a wrong phone are refused together', async () => {
    const changes = { name: '<img src=x onerror=alert(1)>', phone: 'call me' }
    invalid(await person.client.from('user_profiles').update(changes).eq('id', person.id), 'name', 'phone')
  })

  test('nobody changes their own role', async () => {
    denied(await person.client.from('user_profiles').update({ role: 'admin' }).eq('id', person.id))
  })
})

describe('POST /auth/refresh', () => {
  test('refreshSession gives new tokens for the same person', async () => {
    const person = await customer()
    const old = data(await person.client.auth.getSession()).session
    const { session } = data(await person.client.auth.refreshSession())
    assert.notEqual(session.refresh_token, old.refresh_token)
    assert.equal(data(await person.client.rpc('me')).id, person.id)
  })

  test('a made-up refresh token is refused', async () => {
    const { error } = await anonymous().auth.refreshSession({ refresh_token: 'made-up' })
    assert.ok(error.status >= 400 && error.status < 500)
  })
})
