// Accounts: made, entered, changed, and what goes wrong with them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { customer } from '../helpers/people.js'
import { shop, unique } from '../helpers/shop.js'

/** An Auth error with this status and code. */
function refused({ error }, status, code) {
  assert.ok(error, `expected ${code}, but it was done`)
  assert.deepEqual([error.status, error.code], [status, code], error.message)
}

describe('signing in', () => {
  test('with a wrong password and with no account is the same refusal', async () => {
    const { email } = await customer()
    refused(await anonymous().auth.signInWithPassword({ email, password: 'wrong' }), 400, 'invalid_credentials')
    const nobody = `${unique('nobody')}@example.com`
    refused(await anonymous().auth.signInWithPassword({ email: nobody, password: 'wrong' }), 400, 'invalid_credentials')
  })

  test('does not depend on the case of the e-mail', async () => {
    const { email, password, id } = await customer()
    const { user } = data(await anonymous().auth.signInWithPassword({ email: email.toUpperCase(), password }))
    assert.equal(user.id, id)
  })

  test('needs a confirmed e-mail', async () => {
    const email = `${unique('unconfirmed')}@example.com`
    const password = unique('password')
    data(await shop.auth.admin.createUser({ email, password, email_confirm: false }))
    refused(await anonymous().auth.signInWithPassword({ email, password }), 400, 'email_not_confirmed')
  })
})

describe('signing up', () => {
  test('with a weak password is refused', async () => {
    refused(
      await anonymous().auth.signUp({ email: `${unique('weak')}@example.com`, password: '123' }),
      422,
      'weak_password'
    )
  })

  test('with something that is no e-mail is refused', async () => {
    const { error } = await anonymous().auth.signUp({ email: 'nobody', password: unique('password') })
    assert.equal(error.status, 400)
    assert.ok(['validation_failed', 'email_address_invalid'].includes(error.code), error.code)
  })

  test('twice does not give a second account', async () => {
    const { email, id } = await customer()
    const { data: answer, error } = await anonymous().auth.signUp({ email, password: unique('password') })
    // A project that confirms by mail hides that the account exists.
    if (error) {
      assert.equal(error.code, 'user_already_exists')
    } else {
      assert.equal(answer.session, null)
      assert.notEqual(answer.user.id, id)
    }
  })

  test('with a name that is script gives an account without it', async () => {
    const email = `${unique('script')}@example.com`
    const { user } = data(
      await shop.auth.admin.createUser({
        email, password: unique('password'), email_confirm: true, user_metadata: { name: '<script>alert(1)</script>' }
      })
    )
    const [profile] = data(await shop.from('user_profiles').select('name, role').eq('id', user.id))
    assert.deepEqual(profile, { name: null, role: 'customer' })
  })

  test('with a role in the metadata does not give the role', async () => {
    const email = `${unique('sly')}@example.com`
    const password = unique('password')
    data(
      await shop.auth.admin.createUser({ email, password, email_confirm: true, user_metadata: { role: 'admin', name: 'Sly' } })
    )
    const client = anonymous()
    data(await client.auth.signInWithPassword({ email, password }))
    assert.equal(data(await client.rpc('me')).role, 'customer')
  })
})

describe('the own account', () => {
  test('gets a new password, and the old one is done with', async () => {
    const person = await customer()
    const password = unique('new-password')
    data(await person.client.auth.updateUser({ password }))
    refused(
      await anonymous().auth.signInWithPassword({ email: person.email, password: person.password }),
      400,
      'invalid_credentials'
    )
    data(await anonymous().auth.signInWithPassword({ email: person.email, password }))
  })

  test('does not get the same password again, nor a weak one', async () => {
    const person = await customer()
    refused(await person.client.auth.updateUser({ password: person.password }), 422, 'same_password')
    refused(await person.client.auth.updateUser({ password: '123' }), 422, 'weak_password')
  })

  test('keeps data of its own, and cannot write what only the shop may', async () => {
    const { client } = await customer()
    const { user } = data(await client.auth.updateUser({ data: { theme: 'dark' } }))
    assert.equal(user.user_metadata.theme, 'dark')
    assert.equal(user.app_metadata.role, undefined)
  })

  test('is not there for somebody who has not signed in', async () => {
    const { error } = await anonymous().auth.getUser()
    assert.ok(error)
  })
})

describe('recovery and invitation', () => {
  test('a recovery link signs in once, and lets one choose a new password', async () => {
    const person = await customer()
    const { properties } = data(await shop.auth.admin.generateLink({ type: 'recovery', email: person.email }))
    const client = anonymous()
    const { user } = data(await client.auth.verifyOtp({ token_hash: properties.hashed_token, type: 'recovery' }))
    assert.equal(user.id, person.id)
    const password = unique('new-password')
    data(await client.auth.updateUser({ password }))
    data(await anonymous().auth.signInWithPassword({ email: person.email, password }))
    refused(
      await anonymous().auth.verifyOtp({ token_hash: properties.hashed_token, type: 'recovery' }),
      403,
      'otp_expired'
    )
  })

  test('the code in the mail does the same', async () => {
    const person = await customer()
    const { properties } = data(await shop.auth.admin.generateLink({ type: 'recovery', email: person.email }))
    const client = anonymous()
    const { session } = data(
      await client.auth.verifyOtp({ email: person.email, token: properties.email_otp, type: 'recovery' })
    )
    assert.equal(session.user.id, person.id)
  })

  test('a made-up link is refused', async () => {
    refused(await anonymous().auth.verifyOtp({ token_hash: 'made-up', type: 'recovery' }), 403, 'otp_expired')
  })

  test('asking for recovery says nothing about who has an account', async () => {
    const answer = await anonymous().auth.resetPasswordForEmail(`${unique('nobody')}@example.com`)
    assert.equal(answer.error, null)
  })

  test('an invitation makes an account, and its link opens it', async () => {
    const email = `${unique('invited')}@example.com`
    const { user, properties } = data(
      await shop.auth.admin.generateLink({ type: 'invite', email, options: { data: { name: 'Invited' } } })
    )
    const client = anonymous()
    const { session } = data(await client.auth.verifyOtp({ token_hash: properties.hashed_token, type: 'invite' }))
    assert.equal(session.user.id, user.id)
    const password = unique('password')
    data(await client.auth.updateUser({ password }))
    assert.equal(data(await client.rpc('me')).name, 'Invited')
    data(await anonymous().auth.signInWithPassword({ email, password }))
  })
})

describe('accounts in the hands of the shop', () => {
  test('are created, read, changed, found in the list and deleted', async () => {
    const email = `${unique('staff')}@example.com`
    const { user } = data(await shop.auth.admin.createUser({ email, password: unique('password'), email_confirm: true }))
    assert.equal(data(await shop.auth.admin.getUserById(user.id)).user.email, email)
    data(await shop.auth.admin.updateUserById(user.id, { app_metadata: { team: 'night' } }))
    assert.equal(data(await shop.auth.admin.getUserById(user.id)).user.app_metadata.team, 'night')
    const { users } = data(await shop.auth.admin.listUsers({ page: 1, perPage: 5 }))
    assert.ok(users.length >= 1 && users.length <= 5)
    data(await shop.auth.admin.deleteUser(user.id))
    refused(await shop.auth.admin.getUserById(user.id), 404, 'user_not_found')
  })

  test('are not made twice with one e-mail', async () => {
    const { email } = await customer()
    const answer = await shop.auth.admin.createUser({ email, password: unique('password') })
    refused(answer, 422, 'email_exists')
  })

  test('are nobody else\'s business', async () => {
    const { client, id } = await customer()
    for (const caller of [anonymous(), client]) {
      const { error } = await caller.auth.admin.getUserById(id)
      assert.ok([401, 403].includes(error.status), `status ${error.status}`)
    }
  })
})
