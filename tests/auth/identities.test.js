// The ways by which somebody signs in, and showing again who one is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import pg from 'pg'

import { anonymous, data, database, edgeUrl, publishableKey, url } from '../helpers/clients.js'
import { codeIn, mailbox, mailTo } from '../helpers/mail.js'
import { customer } from '../helpers/people.js'
import { unique } from '../helpers/shop.js'

function refused({ error }, status, code) {
  assert.ok(error, `expected ${code}, but it was done`)
  assert.deepEqual([error.status, error.code], [status, code], error.message)
}

async function sql(statement, parameters) {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  try {
    return (await client.query(statement, parameters)).rows
  } finally {
    await client.end()
  }
}

describe('an account', () => {
  test('has the e-mail as its identity', async () => {
    const person = await customer()
    const { identities } = data(await person.client.auth.getUserIdentities())
    assert.equal(identities.length, 1)
    const [identity] = identities
    assert.deepEqual([identity.provider, identity.id, identity.user_id], ['email', person.id, person.id])
    assert.deepEqual([identity.identity_data.sub, identity.identity_data.email], [person.id, person.email])
    assert.ok(identity.identity_id && identity.created_at)
  })

  test('keeps its last identity', async () => {
    const { client } = await customer()
    const { identities } = data(await client.auth.getUserIdentities())
    const { error } = await client.auth.unlinkIdentity(identities[0])
    assert.ok(['manual_linking_disabled', 'single_identity_not_deletable'].includes(error.code), error.code)
    assert.equal(data(await client.auth.getUserIdentities()).identities.length, 1)
  })
})

describe('a session older than a day', { skip: !mailbox || !database }, () => {
  const aged = async () => {
    const person = await customer()
    await sql("update auth.sessions set created_at = now() - interval '25 hours' where user_id = $1", [person.id])
    return person
  }

  test('changes the password with the code of a mail only', async () => {
    const person = await aged()
    const password = unique('new-password')
    refused(await person.client.auth.updateUser({ password }), 400, 'reauthentication_needed')
    refused(await person.client.auth.updateUser({ password, nonce: '000000' }), 422, 'reauthentication_not_valid')

    data({ data: true, ...(await person.client.auth.reauthenticate()) })
    const nonce = codeIn(await mailTo(person.email))
    data(await person.client.auth.updateUser({ password, nonce }))
    data(await anonymous().auth.signInWithPassword({ email: person.email, password }))
    const third = unique('third-password')
    refused(await person.client.auth.updateUser({ password: third, nonce }), 422, 'reauthentication_not_valid')
  })

  test('does not change it with the code of somebody else', async () => {
    const [person, other] = [await aged(), await aged()]
    data({ data: true, ...(await other.client.auth.reauthenticate()) })
    const nonce = codeIn(await mailTo(other.email))
    const attempt = await person.client.auth.updateUser({ password: unique('new-password'), nonce })
    refused(attempt, 422, 'reauthentication_not_valid')
  })
})

// The edge tells addresses by itself, and takes no client's word.
describe('the client\'s address', { skip: !database || url === edgeUrl }, () => {
  /** Signs in with a key, as a proxy would for a client; returns the address that the audit log has. */
  async function signIn(apikey) {
    const { email, password, id } = await customer()
    const since = (await sql('select now() as now'))[0].now
    const answer = await fetch(`${url}/auth/v1/token?grant_type=password`, {
      method: 'POST',
      headers: { apikey, 'content-type': 'application/json', 'sb-forwarded-for': '203.0.113.9' },
      body: JSON.stringify({ email, password })
    })
    assert.equal(answer.status, 200)
    const entries = await sql(
      `select ip_address from auth.audit_log_entries
      where payload ->> 'actor_id' = $1 and payload ->> 'action' = 'login' and created_at >= $2`,
      [id, since]
    )
    assert.equal(entries.length, 1)
    return entries[0].ip_address
  }

  test('is told by a proxy that has the secret key', async () => {
    assert.equal(await signIn(process.env.SUPABASE_SECRET_KEY), '203.0.113.9')
  })

  test('is not told by whoever has not', async () => {
    assert.notEqual(await signIn(publishableKey), '203.0.113.9')
  })
})
