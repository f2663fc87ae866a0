// Requests that really meet: a database session holds what they all need until enough of them wait, and lets go.
import assert from 'node:assert/strict'

import pg from 'pg'

import { database } from './clients.js'
import { tally } from './expect.js'

/** Enough waiting requests to call it a crowd: fewer than the smallest connection pool. */
const CROWD = 4

/** A machine too slow to form a queue within the time that a request waits is given another try, warmed up. */
const TRIES = 5

/**
 * Starts `count` requests at once and returns their answers in order. Where the database can be reached
 * (`SUPABASE_DB_URL`), the rows that `lock` selects `[sql, parameters]` are held until the requests stand in a queue;
 * without it they are merely simultaneous. Who is told that the shop is busy comes back when the crowd has gone, as a
 * slow machine may well say; with `comeBack: false` they don't.
 */
export async function rush(count, request, lock, { comeBack = true } = {}) {
  const start = () => Array.from({ length: count }, (_, index) => Promise.resolve(request(index)))
  const answers = database && lock ? await meet(start, Math.min(CROWD, count), lock) : await Promise.all(start())
  for (let index = 0; comeBack && index < count; index++) {
    if (answers[index].error?.code === 'busy') {
      assert.equal(answers[index].status, 503)
      answers[index] = await request(index)
    }
  }
  return answers
}

async function meet(start, crowd, lock) {
  const gate = new pg.Client({ connectionString: database })
  await gate.connect()
  try {
    for (let tries = 1; ; tries++) {
      await gate.query('begin')
      await gate.query(...lock)
      const answers = start()
      let settled = 0
      for (const answer of answers) {
        answer.finally(() => settled++).catch(() => {})
      }
      let waiting = 0
      while (waiting < crowd && settled < answers.length) {
        const { rows } = await gate.query(
          'select (select count(distinct pid) from pg_locks where not granted)::integer as waiting, pg_sleep(0.005)'
        )
        waiting = rows[0].waiting
      }
      await gate.query('rollback')
      const done = await Promise.all(answers)
      if (waiting >= crowd) {
        return done
      }
      const gaveUp = done.every(({ error }) => error?.code === 'busy')
      assert.ok(gaveUp && tries < TRIES, `the requests never met: this was no race (${JSON.stringify(tally(done))})`)
    }
  } finally {
    await gate.end()
  }
}

/** The answer to a request while the rows that `lock` selects are held all the time. */
export async function whileHeld(lock, request) {
  const gate = new pg.Client({ connectionString: database })
  await gate.connect()
  try {
    await gate.query('begin')
    await gate.query(...lock)
    return await request()
  } finally {
    await gate.end()
  }
}

/** A lock on the stock of products, in the order everybody takes it. */
export function stockOf(...products) {
  return [
    'select from public.inventory where product_id = any($1::uuid[]) order by product_id for update',
    [products.map(product => product.id)]
  ]
}
