import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { category, product, shop, unique } from '../helpers/shop.js'

const visitor = anonymous()

describe('languages', () => {
  let shelf, teapot
  const brand = unique('brand')
  before(async () => {
    shelf = await category({ name: 'Thé', translations: { en: { name: 'Tea' }, ar: { name: 'شاي' } } })
    teapot = await product({
      category_id: shelf.id, brand, name: 'Théière', description: 'En laiton.',
      translations: { en: { name: 'Teapot' }, ar: { name: 'إبريق شاي', description: 'من النحاس' } }
    })
  })

  const read = async language => {
    const one = async (table, columns, { id }) =>
      data(await visitor.from(table).select(columns).eq('id', id).single().setHeader('Accept-Language', language))
    const { localised_name, localised_description } = await one('products', 'localised_name, localised_description', teapot)
    return [localised_name, localised_description, (await one('categories', 'localised_name', shelf)).localised_name]
  }

  test('a visitor reads names and texts in their language, and the shop\'s own where there is no translation', async () => {
    assert.deepEqual(await read('ar'), ['إبريق شاي', 'من النحاس', 'شاي'])
    assert.deepEqual(await read('en-GB,en;q=0.8,fr;q=0.5'), ['Teapot', 'En laiton.', 'Tea'])
    assert.deepEqual(await read('fr'), ['Théière', 'En laiton.', 'Thé'])
    assert.deepEqual(await read('zz, *;q=0.1'), ['Théière', 'En laiton.', 'Thé'])
  })

  test('search finds a product by its translated name', async () => {
    for (const q of ['teapots', 'إبريق']) {
      const rows = data(await visitor.rpc('search_products', { q, brand }))
      assert.deepEqual(rows.map(row => row.id), [teapot.id], q)
    }
  })

  test('a translation with script is refused', async () => {
    const { error } = await shop
      .from('products')
      .update({ translations: { en: { name: '<script>alert(1)</script>' } } })
      .eq('id', teapot.id)
    assert.equal(error?.code, 'invalid_input')
  })
})
