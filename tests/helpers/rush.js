// Requests that really meet: a database session holds what they all need until enough of them wait, and lets go.
import assert from 'node:assert/strict'

import pg from 'pg'

import { database } from './clients.js'

/** Enough waiting requests to call it a crowd: fewer than the smallest connection pool. */
const CROWD = 4

/**
 * Starts `count` requests at once and returns their answers in order. Where the database can be reached
 * (`SUPABASE_DB_URL`), the rows that `lock` selects `[sql, parameters]` are held until the requests stand in a queue;
 * without it they are merely simultaneous.
 */
export async function rush(count, request, lock) {
  const start = () => Array.from({ length: count }, (_, index) => Promise.resolve(request(index)))
  if (!database || !lock) {
    return Promise.all(start())
  }

  const gate = new pg.Client({ connectionString: database })
  await gate.connect()
  try {
    await gate.query('begin')
    await gate.query(...lock)
    const answers = start()
    let settled = 0
    for (const answer of answers) {
      answer.finally(() => settled++).catch(() => {})
    }
    let waiting = 0
    while (waiting < Math.min(CROWD, count) && settled < count) {
      waiting = (await gate.query('select count(distinct pid)::integer as n from pg_locks where not granted')).rows[0].n
    }
    await gate.query('rollback')
    const done = await Promise.all(answers)
    assert.ok(waiting >= Math.min(CROWD, count), 'the requests never met: this was no race')
    return done
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
