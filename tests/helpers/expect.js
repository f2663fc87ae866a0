// What an answer of supabase-js must be.
import assert from 'node:assert/strict'

/** A business error: this status and this code, with a message for people. Returns it, its details parsed. */
export function refused(answer, status, code) {
  assert.ok(answer.error, `expected ${code}, but it was done: ${JSON.stringify(answer.data)}`)
  assert.equal(answer.error.code, code, JSON.stringify(answer.error))
  assert.equal(answer.status, status)
  assert.ok(answer.error.message, 'an error says what is wrong')
  return { ...answer.error, details: answer.error.details == null ? null : JSON.parse(answer.error.details) }
}

/** `invalid_input` that names exactly these fields: in words in its details, in codes in its hint. Returns the words. */
export function invalid(answer, ...fields) {
  const { details, hint } = refused(answer, 422, 'invalid_input')
  assert.deepEqual(Object.keys(details).sort(), fields.sort(), JSON.stringify(details))
  const codes = JSON.parse(hint)
  assert.deepEqual(Object.keys(codes).sort(), fields, hint)
  for (const [code] of Object.values(codes)) {
    assert.match(code, /^[a-z_]+$/, hint)
  }
  return details
}

/** Refused by a grant or a policy. */
export function denied(answer) {
  assert.ok(answer.error, `expected a refusal, but it was done: ${JSON.stringify(answer.data)}`)
  assert.equal(answer.error.code, '42501', JSON.stringify(answer.error))
  // Which of the two depends on whether the server counts the caller as signed in.
  assert.ok([401, 403].includes(answer.status), `status ${answer.status}`)
}

/** Refused by the client's own fault, with a code that says so: never a 5xx. */
export function clientError(answer) {
  assert.ok(answer.error, `expected a refusal, but it was done: ${JSON.stringify(answer.data)}`)
  assert.ok(answer.status >= 400 && answer.status < 500, `status ${answer.status}: ${JSON.stringify(answer.error)}`)
  assert.match(String(answer.error.code), /^[A-Za-z0-9_]+$/, JSON.stringify(answer.error))
}

/** How many answers there are of each kind: `ok`, or an error's code. */
export function tally(answers) {
  const kinds = {}
  for (const { error } of answers) {
    const kind = error ? error.code || error.message : 'ok'
    kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return kinds
}
