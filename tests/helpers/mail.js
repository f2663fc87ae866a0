// What Auth mailed, read from Mailpit's API: `cargo run` and `supabase start` have it, a hosted project hasn't.
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'

import { data } from './clients.js'
import { shop } from './shop.js'

/** Where the mails are; `undefined` where they can't be read. */
export const mailbox = process.env.MAILPIT_URL

/** How long a mail may take, in milliseconds. */
const PATIENCE = 10_000

async function read(path) {
  const answer = await fetch(`${mailbox}/api/v1/${path}`)
  assert.equal(answer.status, 200, path)
  return answer.json()
}

/** All mails to an address, newest first, without their texts. */
export async function mailsTo(address) {
  return (await read(`search?query=${encodeURIComponent(`to:"${address}"`)}`)).messages
}

/** The newest mail to an address, of which there must be `count` by now. */
export async function mailTo(address, count = 1) {
  const end = Date.now() + PATIENCE
  let mails = await mailsTo(address)
  while (mails.length < count && Date.now() < end) {
    await setTimeout(100)
    mails = await mailsTo(address)
  }
  assert.equal(mails.length, count, `mails to ${address}`)
  return read(`message/${encodeURIComponent(mails[0].ID)}`)
}

/** The link of Auth in a mail. */
export function linkIn(mail) {
  const [link] = mail.Text.match(/https?:\/\/[^\s<>()"]+\/auth\/v1\/verify\?[^\s<>()"]+/) ?? []
  assert.ok(link, `no link in: ${mail.Text}`)
  return link
}

/** The code in a mail. */
export function codeIn(mail) {
  const [code] = mail.Text.match(/\b\d{6,10}\b/) ?? []
  assert.ok(code, `no code in: ${mail.Text}`)
  return code
}

/** Follows a link as a browser does; returns where it leads, and what the fragment there says. */
export async function follow(link) {
  const answer = await fetch(link, { redirect: 'manual' })
  assert.ok([302, 303].includes(answer.status), `status ${answer.status}`)
  const target = new URL(answer.headers.get('location'))
  return { target, outcome: Object.fromEntries(new URLSearchParams(target.hash.slice(1))) }
}

/** Confirms the address of somebody who has just signed up: by the mail, else as the shop may. */
export async function confirm({ id, email }) {
  if (mailbox) {
    await follow(linkIn(await mailTo(email)))
  } else {
    data(await shop.auth.admin.updateUserById(id, { email_confirm: true }))
  }
}
