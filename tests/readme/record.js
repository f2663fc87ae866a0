// Loaded before the README's lines: notes each request and its answer's status in the file that REQUEST_LOG names.
import { appendFileSync } from 'node:fs'

import WebSocket from 'ws'

// Node 20 has none of its own.
globalThis.WebSocket ??= WebSocket

const send = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  const answer = await send(input, init)
  const { pathname, search } = new URL(request.url)
  const line = { method: request.method, path: decodeURIComponent(pathname + search), status: answer.status }
  appendFileSync(process.env.REQUEST_LOG, `${JSON.stringify(line)}\n`)
  return answer
}
