// The mails of Auth: what they are needed for, and what their links and codes do. They are read from Mailpit's API, which
// a hosted project hasn't.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { anonymous, data, publishableKey, url } from '../helpers/clients.js'
import { codeIn, follow, linkIn, mailbox, mailsTo, mailTo } from '../helpers/mail.js'
import { customer } from '../helpers/people.js'
import { shop, unique } from '../helpers/shop.js'

const answer = await fetch(`${url}/auth/v1/settings`, { headers: { apikey: publishableKey } })
const settings = await answer.json()
const skip = !mailbox || settings.mailer_autoconfirm

function refused({ error }, status, code) {
  assert.ok(error, `expected ${code}, but it was done`)
  assert.deepEqual([error.status, error.code], [status, code], error.message)
}

/** Somebody who has signed up, and has not followed the link. */
async function newcomer() {
  const email = `${unique('newcomer')}@example.com`
  const password = unique('password')
  const { user, session } = data(await anonymous().auth.signUp({ email, password }))
  return { email, password, user, session }
}

describe('signing up', { skip }, () => {
  test('gives no session, and no way in, before the link of the mail was followed', async () => {
    const { email, password, user, session } = await newcomer()
    assert.equal(session, null)
    assert.ok(user.confirmation_sent_at && !user.email_confirmed_at)
    refused(await anonymous().auth.signInWithPassword({ email, password }), 400, 'email_not_confirmed')

    const { outcome } = await follow(linkIn(await mailTo(email)))
    assert.equal(outcome.type, 'signup')
    assert.equal(data(await anonymous().auth.getUser(outcome.access_token)).user.id, user.id)
    data(await anonymous().auth.signInWithPassword({ email, password }))
  })

  test('is confirmed by the code of the mail, too, and by either only once', async () => {
    const { email, user } = await newcomer()
    const mail = await mailTo(email)
    const { session } = data(await anonymous().auth.verifyOtp({ email, token: codeIn(mail), type: 'signup' }))
    assert.equal(session.user.id, user.id)
    assert.equal((await follow(linkIn(mail))).outcome.error_code, 'otp_expired')
  })

  test('with a confirmed address of somebody tells nothing and mails nothing', async () => {
    const person = await customer()
    const { user, session } = data(
      await anonymous().auth.signUp({ email: person.email, password: unique('password') })
    )
    assert.equal(session, null)
    assert.deepEqual(user.identities, [])
    assert.notEqual(user.id, person.id)
    assert.deepEqual(await mailsTo(person.email), [])
  })

  test('again at once sends no second mail', async () => {
    const { email, password } = await newcomer()
    refused(await anonymous().auth.signUp({ email, password }), 429, 'over_email_send_rate_limit')
    refused(await anonymous().auth.resend({ type: 'signup', email }), 429, 'over_email_send_rate_limit')
    assert.equal((await mailsTo(email)).length, 1)
  })
})

describe('a link of a mail', { skip }, () => {
  test('leads to the shop, whatever else was asked for', async () => {
    const email = `${unique('lured')}@example.com`
    const options = { emailRedirectTo: 'https://evil.example/steal' }
    data(await anonymous().auth.signUp({ email, password: unique('password'), options }))
    const { target } = await follow(linkIn(await mailTo(email)))
    assert.notEqual(target.hostname, 'evil.example')
  })

  test('changes the address when both addresses agree', async () => {
    const person = await customer()
    const email = `${unique('moved')}@example.com`
    data(await person.client.auth.updateUser({ email }))
    const { outcome } = await follow(linkIn(await mailTo(person.email)))
    assert.match(outcome.message, /other email/)
    assert.equal(data(await person.client.auth.getUser()).user.email, person.email)
    await follow(linkIn(await mailTo(email)))
    assert.equal(data(await person.client.auth.getUser()).user.email, email)
    data(await anonymous().auth.signInWithPassword({ email, password: person.password }))
  })

  test('signs in who asked for one, and its code does the same', async () => {
    const person = await customer()
    data(await anonymous().auth.signInWithOtp({ email: person.email, options: { shouldCreateUser: false } }))
    const token = codeIn(await mailTo(person.email))
    const { session } = data(await anonymous().auth.verifyOtp({ email: person.email, token, type: 'email' }))
    assert.equal(session.user.id, person.id)
  })

  test('of an invitation opens the account', async () => {
    const email = `${unique('invited')}@example.com`
    const { user } = data(await shop.auth.admin.inviteUserByEmail(email))
    const { outcome } = await follow(linkIn(await mailTo(email)))
    assert.equal(outcome.type, 'invite')
    assert.equal(data(await anonymous().auth.getUser(outcome.access_token)).user.id, user.id)
  })
})
