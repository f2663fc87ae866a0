// Tokens: how they are renewed, and how they end.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { customer } from '../helpers/people.js'

const sessionOf = async client => data(await client.auth.getSession()).session

/** The same account, signed in a second time elsewhere. */
async function elsewhere({ email, password }) {
  const client = anonymous()
  data(await client.auth.signInWithPassword({ email, password }))
  return client
}

const canRefresh = async refresh_token => {
  const { error } = await anonymous().auth.refreshSession({ refresh_token })
  return !error
}

function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
}

describe('an access token', () => {
  test('says who it is for, and how sure that is', async () => {
    const person = await customer()
    const { access_token, expires_in } = await sessionOf(person.client)
    const said = claims(access_token)
    assert.equal(said.sub, person.id)
    assert.equal(said.email, person.email)
    assert.deepEqual([said.role, said.aud, said.aal, said.is_anonymous], ['authenticated', 'authenticated', 'aal1', false])
    assert.deepEqual(said.amr.map(entry => entry.method), ['password'])
    assert.ok(said.session_id)
    assert.match(said.iss, /\/auth\/v1$/)
    assert.ok(Math.abs(said.exp - said.iat - expires_in) <= 1)
  })

  test('opens the own account, and a forged one does not', async () => {
    const person = await customer()
    const { access_token } = await sessionOf(person.client)
    assert.equal(data(await anonymous().auth.getUser(access_token)).user.id, person.id)

    const [head, body, signature] = access_token.split('.')
    const forged = Buffer.from(JSON.stringify({ ...claims(access_token), sub: crypto.randomUUID() })).toString('base64url')
    for (const token of [`${head}.${forged}.${signature}`, `${head}.${body}.${'A'.repeat(signature.length)}`, 'no.token.at-all']) {
      const { error } = await anonymous().auth.getUser(token)
      assert.ok([401, 403].includes(error.status), `status ${error.status}`)
    }
  })
})

describe('a refresh token', () => {
  test('is exchanged for a new one, in the same session', async () => {
    const { client } = await customer()
    const before = await sessionOf(client)
    const after = data(await client.auth.refreshSession()).session
    assert.notEqual(after.refresh_token, before.refresh_token)
    assert.equal(claims(after.access_token).session_id, claims(before.access_token).session_id)
    assert.ok(await canRefresh(after.refresh_token))
  })

  test('used by two tabs at once leaves both signed in', async () => {
    const { client } = await customer()
    const { refresh_token } = await sessionOf(client)
    const answers = await Promise.all(
      [1, 2, 3].map(() => anonymous().auth.refreshSession({ refresh_token }))
    )
    const tokens = answers.map(answer => data(answer).session.refresh_token)
    assert.equal(new Set(tokens).size, 1)
  })

  test('that was renewed twice since is stolen: the whole session ends', async () => {
    const { client } = await customer()
    const stolen = (await sessionOf(client)).refresh_token
    data(await client.auth.refreshSession())
    const last = data(await client.auth.refreshSession()).session
    const { error } = await anonymous().auth.refreshSession({ refresh_token: stolen })
    if (!error) {
      // Supabase forgives reuse for some seconds, but never hands out a second line of tokens.
      return assert.ok(await canRefresh(last.refresh_token))
    }
    assert.match(error.code, /^refresh_token_(already_used|not_found)$/)
    assert.equal(await canRefresh(last.refresh_token), false)
  })
})

describe('signing out', () => {
  test('here (local) ends this session and no other', async () => {
    const person = await customer()
    const other = await elsewhere(person)
    const here = await sessionOf(person.client)
    const there = await sessionOf(other)
    data({ data: true, ...(await person.client.auth.signOut({ scope: 'local' })) })
    assert.equal(await canRefresh(here.refresh_token), false)
    assert.equal(await canRefresh(there.refresh_token), true)
  })

  test('elsewhere (others) ends all sessions but this', async () => {
    const person = await customer()
    const other = await elsewhere(person)
    const here = await sessionOf(person.client)
    const there = await sessionOf(other)
    data({ data: true, ...(await person.client.auth.signOut({ scope: 'others' })) })
    assert.equal(await canRefresh(there.refresh_token), false)
    assert.equal(await canRefresh(here.refresh_token), true)
  })

  test('everywhere (global) ends all', async () => {
    const person = await customer()
    const other = await elsewhere(person)
    const tokens = [await sessionOf(person.client), await sessionOf(other)].map(session => session.refresh_token)
    data({ data: true, ...(await person.client.auth.signOut({ scope: 'global' })) })
    for (const token of tokens) {
      assert.equal(await canRefresh(token), false)
    }
  })
})
