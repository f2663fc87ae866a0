// Clients as a frontend has them. Which Supabase they talk to is told by environment variables alone.
import { createClient } from '@supabase/supabase-js'
import WebSocket from 'ws'

function required(name) {
  const value = process.env[name]
  if (!value) {
    throw new Error(`${name} is not set: run \`cargo xtask test js\`, or set it to what \`primostore status -o env\` prints`)
  }
  return value
}

export const url = required('SUPABASE_URL')
export const publishableKey = required('SUPABASE_PUBLISHABLE_KEY')

/** The database itself, where it can be reached: only to make requests meet, see rush.js. */
export const database = process.env.SUPABASE_DB_URL

/** The edge, for what only it serves; everything else is asked of `url`, whichever that is. */
export const edgeUrl = process.env.EDGE_URL

function client(key, at = url) {
  return createClient(at, key, {
    // Each client is a visitor of its own; nothing is kept between them.
    auth: { autoRefreshToken: false, detectSessionInUrl: false, persistSession: false },
    // Node 20 has no WebSocket of its own.
    realtime: { transport: WebSocket }
  })
}

/** A visitor who has not signed in. */
export function anonymous() {
  return client(publishableKey)
}

/** Such a visitor at another address. */
export function anonymousAt(address) {
  return client(publishableKey, address)
}

/** The shop's own server, which no rule of row level security binds. */
export function service() {
  return client(required('SUPABASE_SECRET_KEY'))
}

/** Fails with the whole error of a supabase-js answer; returns its data. */
export function data({ data, error }) {
  if (error) {
    throw new Error(`${error.code ?? error.name}: ${error.message}`, { cause: error })
  }
  return data
}
