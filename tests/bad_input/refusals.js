// Values that a function must refuse, and how each refusal is held against the rules.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { clientError } from '../helpers/expect.js'

export const LONG = 'x'.repeat(100_000)
export const HOSTILE = ["'; drop table public.orders; --", '<script>alert(1)</script>', '../../../etc/passwd', '{{7*7}}', '\u202e\u0007', '${jndi:ldap://x}']
export const NO_UUID = ['no-uuid', '', 7, true, {}, [], LONG, ...HOSTILE]
export const NO_NUMBER = ['many', '', {}, [], true, LONG, ...HOSTILE]
export const NO_JSON_OBJECT = ['text', 7, true, [], [[]], null, HOSTILE[0]]

const shown = value => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 40 ? `${text.slice(0, 37)}… (${text.length} characters)` : text
}

/**
 * A test for each argument of each function. good: function to arguments it would take; bad: [function, argument, values];
 * saysNo: functions that answer no without an error; callerOf: who calls a function.
 */
export function refusesEvery({ good, bad, saysNo = {}, callerOf }) {
  for (const name of Object.keys(good)) {
    describe(`rpc/${name}`, () => {
      for (const [, argument, values] of bad.filter(([fn]) => fn === name)) {
        test(`refuses every bad ${argument}`, async () => {
          for (const value of values) {
            const sent = typeof value === 'function' ? value() : value
            const answer = await callerOf(name).rpc(name, { ...good[name](), [argument]: sent })
            try {
              if (answer.error || !saysNo[name]) {
                clientError(answer)
              } else {
                saysNo[name](answer.data)
              }
            } catch (error) {
              throw new Error(`${argument} = ${shown(sent)}`, { cause: error })
            }
          }
        })
      }

      test('refuses arguments that it does not have, and text that PostgreSQL cannot hold', async () => {
        const client = callerOf(name)
        clientError(await client.rpc(name, { ...good[name](), surprise: 1 }))
        for (const argument of Object.keys(good[name]())) {
          const answer = await client.rpc(name, { ...good[name](), [argument]: 'a\u0000b' })
          if (answer.error || !saysNo[name]) {
            clientError(answer)
          } else {
            saysNo[name](answer.data)
          }
        }
      })
    })
  }
}
