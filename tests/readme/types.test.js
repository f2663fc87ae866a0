import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { blocks, folder, read } from './blocks.js'

const place = folder()
after(() => rmSync(place, { recursive: true }))

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
const lines = blocks('For frontend developers', 'ts').join('')

/** The numbers of the lines that the compiler refuses, of the README's and what follows them. */
function compile(more = []) {
  writeFileSync(join(place, 'shop.ts'), lines + more.map(line => `${line}\n`).join(''))
  const { status, stdout } = spawnSync(process.execPath, [tsc, '--project', place], { encoding: 'utf8' })
  const refused = [...stdout.matchAll(/shop\.ts\((\d+),\d+\): error TS/g)].map(match => Number(match[1]))
  assert.equal(status === 0, refused.length === 0, stdout)
  return { refused: new Set(refused), stdout }
}

describe('the generated types', () => {
  before(() => {
    assert.match(lines, /createClient<Database>/)
    writeFileSync(join(place, 'database.types.ts'), read('types/database.types.ts'))
    writeFileSync(join(place, 'node.d.ts'), 'declare const process: { env: Record<string, string | undefined> }\n')
    const compilerOptions = {
      lib: ['es2023', 'dom'], module: 'esnext', moduleResolution: 'bundler', noEmit: true, skipLibCheck: true, strict: true,
      target: 'es2022', types: []
    }
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  })

  test('fit the lines of the README', () => {
    const { stdout } = compile()
    assert.equal(stdout, '')
  })

  const wrong = {
    'a column that is not there': "void (await shop.from('products').select('id, cost_price')).data?.[0]?.cost_price",
    'a function that is not there': "await shop.rpc('no_such_function')",
    'an argument of another type': "await shop.rpc('add_to_cart', { product_id: 1 })",
    'a price as text': "await shop.from('products').update({ price: 'free' }).eq('id', 'x')",
    'a write to a computed field': "await shop.from('products').update({ in_stock: true }).eq('id', 'x')"
  }

  test(`refuse ${Object.keys(wrong).join(', ')}`, () => {
    const { refused, stdout } = compile(Object.values(wrong))
    const first = lines.split('\n').length
    assert.deepEqual([...refused].sort((a, b) => a - b), Object.keys(wrong).map((_, index) => first + index), stdout)
  })
})
