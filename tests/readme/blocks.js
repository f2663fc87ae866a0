// The README's examples, taken out of it as they stand.
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The text of a file of the project. */
export const read = path => readFileSync(join(root, path), 'utf8')

/** The blocks of code in a language below a heading, down to the next heading of that level. */
export function blocks(heading, language) {
  const section = read('README.md').split(/^## /m).find(part => part.startsWith(`${heading}\n`))
  if (!section) {
    throw new Error(`README.md has no section "${heading}"`)
  }
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(block => block[1] === language).map(block => block[2])
}

/** A new folder from where the tests' packages can be imported. */
export function folder() {
  const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))
  mkdirSync(cache, { recursive: true })
  return mkdtempSync(join(cache, 'readme-'))
}
