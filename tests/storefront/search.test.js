import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { invalid, refused } from '../helpers/expect.js'
import { category, product, shop, unique } from '../helpers/shop.js'

const visitor = anonymous()
const brand = unique('brand')
const shops = { top: null, middle: null, leaf: null }
let kettle, teapot, scarf, hidden

before(async () => {
  shops.top = await category({ name: 'Maison' })
  shops.middle = await category({ name: 'Cuisine', parent_id: shops.top.id })
  shops.leaf = await category({ name: 'Thé', parent_id: shops.middle.id })
  data(
    await shop.from('category_attributes').insert([
      { category_id: shops.top.id, key: 'matiere', label: 'Matière', type: 'text', filterable: true },
      { category_id: shops.leaf.id, key: 'volume', label: 'Volume', type: 'number', unit: 'ml', filterable: true }
    ]).select()
  )
  kettle = await product({
    brand, category_id: shops.leaf.id, name: 'Bouilloires émaillées de Safi', price: 150, stock: 3,
    specifications: { matiere: 'acier', volume: 1500 }
  })
  teapot = await product({
    brand, category_id: shops.leaf.id, name: 'Théière ciselée', price: 280, stock: 0,
    description: 'Pour le thé à la menthe, avec sa bouilloire assortie.', specifications: { matiere: 'laiton', volume: 800 }
  })
  scarf = await product({
    brand, category_id: shops.middle.id, name: 'وشاح من الحرير', price: 90, stock: 3, specifications: { matiere: 'soie' }
  })
  hidden = await product({ brand, category_id: shops.leaf.id, name: 'Bouilloire cachée', is_active: false })
})

const search = (args, options) => visitor.rpc('search_products', { brand, ...args }, options)
const found = async args => data(await search(args)).map(row => row.id)

describe('GET /products/category/{slug}, /search?q=: rpc/search_products', () => {
  test('finds without regard to accents and case', async () => {
    assert.deepEqual(await found({ q: 'THEIERE CISELEE' }), [teapot.id])
  })

  test('finds the singular of a plural, and the other way round', async () => {
    assert.equal((await found({ q: 'bouilloire' }))[0], kettle.id)
    assert.deepEqual(await found({ q: 'théières' }), [teapot.id])
  })

  test('finds while one is typing', async () => {
    assert.ok((await found({ q: 'bouil' })).includes(kettle.id))
    assert.ok((await found({ q: 'théi' })).includes(teapot.id))
  })

  test('finds in spite of a typo', async () => {
    assert.ok((await found({ q: 'bouiloire' })).includes(kettle.id))
    assert.ok((await found({ q: 'théeire' })).includes(teapot.id))
  })

  test('finds Arabic, with other forms of the same letters', async () => {
    assert.deepEqual(await found({ q: 'حرير' }), [scarf.id])
  })

  test('a hit in the name comes before one in the description', async () => {
    assert.deepEqual(await found({ q: 'bouilloire' }), [kettle.id, teapot.id])
  })

  test('a product number comes first', async () => {
    assert.equal((await found({ q: teapot.sku }))[0], teapot.id)
  })

  test('a product number, or its beginning, hides nothing that words find', async () => {
    const brand = unique('brand')
    const word = unique('mot').replace('-', '')
    const named = await product({ brand, name: `Coffret ${word}` })
    const numbered = await product({ brand, name: 'Coffret', sku: `${word.toUpperCase()}-XYZW` })
    assert.deepEqual(await found({ brand, q: word }), [numbered.id, named.id])
    assert.deepEqual(await found({ brand, q: `${word}-xyzw` }), [numbered.id])
  })

  test('a number and its unit are found together and apart, in any digits', async () => {
    const brand = unique('brand')
    const couscous = await product({ brand, name: 'Couscous 500g' })
    const water = await product({ brand, name: 'Eau 1,5 l' })
    for (const q of ['500g', '500 g', '٥٠٠ g', '５００ｇ']) {
      assert.deepEqual(await found({ brand, q }), [couscous.id], q)
    }
    for (const q of ['1.5l', '1,5 L', '١٫٥ l']) {
      assert.deepEqual(await found({ brand, q }), [water.id], q)
    }
  })

  test('the letters of the Maghreb are found by those of any keyboard', async () => {
    const brand = unique('brand')
    const suitcase = await product({ brand, name: 'ڤاليزة ڭازة' })
    assert.deepEqual(await found({ brand, q: 'فاليزه' }), [suitcase.id])
    assert.deepEqual(await found({ brand, q: 'گازة' }), [suitcase.id])
  })

  test('what is hidden is never found', async () => {
    for (const q of ['bouilloire cachée', hidden.sku, null]) {
      assert.ok(!(await found({ q })).includes(hidden.id), `q=${q}`)
    }
  })

  test('nothing found is an empty list', async () => {
    assert.deepEqual(await found({ q: 'zzyzxqqv' }), [])
  })

  test('a category includes its descendants', async () => {
    const all = [kettle.id, teapot.id, scarf.id].sort()
    assert.deepEqual((await found({ category_slug: shops.top.slug })).sort(), all)
    assert.deepEqual((await found({ category_slug: shops.leaf.slug })).sort(), [kettle.id, teapot.id].sort())
  })

  test('filters on price and stock', async () => {
    assert.deepEqual(await found({ min_price: 100, max_price: 200 }), [kettle.id])
    assert.deepEqual((await found({ in_stock: true })).sort(), [kettle.id, scarf.id].sort())
  })

  test('filters on specifications: one value, or any of several', async () => {
    const here = { category_slug: shops.leaf.slug }
    assert.deepEqual(await found({ ...here, specifications: { matiere: 'acier' } }), [kettle.id])
    assert.deepEqual(
      (await found({ ...here, specifications: { matiere: ['acier', 'laiton'] } })).sort(),
      [kettle.id, teapot.id].sort()
    )
    assert.deepEqual(await found({ ...here, specifications: { matiere: 'laiton', volume: 1500 } }), [])
  })

  test('a specification that the category does not have is refused', async () => {
    refused(await search({ category_slug: shops.leaf.slug, specifications: { couleur: 'bleu' } }), 422, 'invalid_input')
  })

  test('sorts by price, name and age', async () => {
    assert.deepEqual(await found({ sort: 'price_asc' }), [scarf.id, kettle.id, teapot.id])
    assert.deepEqual(await found({ sort: 'price_desc' }), [teapot.id, kettle.id, scarf.id])
    assert.deepEqual((await found({ sort: 'name' })).slice(0, 2), [kettle.id, teapot.id])
    assert.deepEqual(await found({ sort: 'newest' }), [scarf.id, teapot.id, kettle.id])
  })

  test('sorts by the name shown', async () => {
    const brand = unique('brand')
    const first = await product({ brand, name: 'Ancre', translations: { en: { name: 'Zebra' } } })
    const second = await product({ brand, name: 'Bol', translations: { en: { name: 'Apple' } } })
    const named = async language =>
      data(await search({ brand, sort: 'name' }).setHeader('Accept-Language', language)).map(row => row.id)
    assert.deepEqual(await named('fr'), [first.id, second.id])
    assert.deepEqual(await named('en'), [second.id, first.id])
  })

  test('a product with variants has their prices, and none of its own', async () => {
    const brand = unique('brand')
    const stool = await product({ brand, name: 'Tabouret', price: 500, stock: 0 })
    for (const [taille, price] of [['S', 100], ['L', 900]]) {
      await product({ parent_id: stool.id, options: { taille }, price, name: undefined })
    }
    const bench = await product({ brand, name: 'Banc', price: 300 })
    assert.deepEqual(await found({ brand, sort: 'price_asc' }), [stool.id, bench.id])
    assert.deepEqual(await found({ brand, sort: 'price_desc' }), [stool.id, bench.id])
    assert.deepEqual(await found({ brand, min_price: 50, max_price: 150 }), [stool.id])
    assert.deepEqual(await found({ brand, min_price: 400, max_price: 600 }), [])
    const facets = data(await visitor.rpc('product_facets', { brand }))
    assert.deepEqual(facets.price, { min: 100, max: 900 })
  })

  test('the prices of variants that change at once are all seen', async () => {
    const brand = unique('brand')
    const stool = await product({ brand, price: 500, stock: 0 })
    const sizes = []
    for (let size = 1; size <= 8; size += 1) {
      sizes.push(await product({ parent_id: stool.id, options: { size: String(size) }, price: 500, name: undefined, stock: 0 }))
    }
    await Promise.all(
      sizes.map(async ({ id }, index) => data(await shop.from('products').update({ price: 10 + index }).eq('id', id).select()))
    )
    assert.deepEqual(data(await visitor.rpc('product_facets', { brand })).price, { min: 10, max: 17 })
  })

  test('what search reads is no part of a row', async () => {
    const [row] = data(await visitor.from('products').select('*').eq('id', kettle.id))
    assert.deepEqual(Object.keys(row).filter(key => key.includes('search')), [])
  })

  test('pages follow each other', async () => {
    assert.deepEqual(await found({ sort: 'price_asc', page: 1, page_size: 2 }), [scarf.id, kettle.id])
    assert.deepEqual(await found({ sort: 'price_asc', page: 2, page_size: 2 }), [teapot.id])
    assert.deepEqual(await found({ sort: 'price_asc', page: 3, page_size: 2 }), [])
  })

  test('select and embeds work on what it finds, by GET too', async () => {
    const rows = data(
      await search({ q: 'théière' }, { get: true }).select('name, category:categories(slug), available_stock')
    )
    assert.deepEqual(rows, [{ name: 'Théière ciselée', category: { slug: shops.leaf.slug }, available_stock: 0 }])
  })

  test('a count can be asked for', async () => {
    const answer = await search({ page_size: 100 }, { count: 'exact' })
    assert.equal(data(answer).length, 3)
    assert.equal(answer.count, 3)
  })

  for (const kind of ['exact', 'estimated']) {
    test(`count=${kind} counts all matches, whatever part of them is asked for`, async () => {
      const answer = await search({}, { count: kind }).select('id').range(1, 1)
      assert.equal(data(answer).length, 1)
      assert.equal(answer.count, 3)
    })

    test(`count=${kind} follows the filters of the request`, async () => {
      const answer = await search({ category_slug: shops.top.slug }, { count: kind, get: true }).gte('price', 100).limit(1)
      assert.equal(data(answer).length, 1)
      assert.equal(answer.count, 2)
    })
  }

  test('count=planned is nothing to go by: no planner looks into a function', async () => {
    const answer = await search({}, { count: 'planned' }).select('id').limit(1)
    assert.equal(data(answer).length, 1)
    assert.ok(answer.count === null || (Number.isInteger(answer.count) && answer.count >= 0), String(answer.count))
  })

  for (const [args, field] of [
    [{ sort: 'cheapest' }, 'sort'],
    [{ page: 0 }, 'page'],
    [{ page_size: 101 }, 'page_size'],
    [{ q: 'x'.repeat(201) }, 'q'],
    [{ specifications: ['acier'] }, 'specifications']
  ]) {
    test(`refuses a bad ${field}`, async () => {
      invalid(await search(args), field)
    })
  }

  test('search syntax in a query is just text', async () => {
    for (const q of ["'); drop table products; --", 'a & | ! ( :*', '%_\\', '<->', '"', '!!!']) {
      data(await search({ q }))
    }
  })
})

describe('rpc/product_facets', () => {
  test('counts what the same search finds', async () => {
    const facets = data(await visitor.rpc('product_facets', { brand, category_slug: shops.top.slug }))
    assert.equal(facets.total, 3)
    assert.deepEqual(facets.price, { min: 90, max: 280 })
    assert.ok(facets.brands.some(entry => entry.value === brand && entry.count === 3))
    const leaf = facets.categories.find(entry => entry.id === shops.leaf.id)
    assert.deepEqual(leaf, { id: shops.leaf.id, slug: shops.leaf.slug, name: 'Thé', count: 2 })
    assert.deepEqual(
      facets.specifications.matiere.map(entry => [entry.value, entry.count]).sort(),
      [['acier', 1], ['laiton', 1], ['soie', 1]]
    )
  })

  test('total follows the filters', async () => {
    const facets = data(await visitor.rpc('product_facets', { brand, q: 'bouilloire', max_price: 200 }))
    assert.equal(facets.total, 1)
  })

  test('nothing found is zero, not an error', async () => {
    const facets = data(await visitor.rpc('product_facets', { brand: unique('none') }))
    assert.equal(facets.total, 0)
  })

  test('refuses a bad filter', async () => {
    invalid(await visitor.rpc('product_facets', { q: 'x'.repeat(201) }), 'q')
  })
})

describe('GET /products/{id}/related: rpc/related_products', () => {
  test('brings other products of the same shelf, never the product itself nor what is hidden', async () => {
    const rows = data(await visitor.rpc('related_products', { product_id: kettle.id, max_results: 5 }))
    const ids = rows.map(row => row.id)
    assert.ok(ids.includes(teapot.id))
    assert.ok(!ids.includes(kettle.id) && !ids.includes(hidden.id))
    assert.ok(rows.length <= 5)
  })

  test('brings no more than asked for', async () => {
    assert.equal(data(await visitor.rpc('related_products', { product_id: kettle.id, max_results: 1 })).length, 1)
  })

  test('refuses more than it gives', async () => {
    invalid(await visitor.rpc('related_products', { product_id: kettle.id, max_results: 1000 }), 'max_results')
  })
})

describe('(categories)', () => {
  test('GET categories lists those in use, with their children', async () => {
    const [row] = data(
      await visitor.from('categories').select('slug, name, parent_id').eq('id', shops.middle.id)
    )
    assert.deepEqual(row, { slug: shops.middle.slug, name: 'Cuisine', parent_id: shops.top.id })
  })

  test('an inactive category is not listed', async () => {
    const off = await category({ is_active: false })
    assert.deepEqual(data(await visitor.from('categories').select('id').eq('id', off.id)), [])
  })

  test('rpc/category_tree nests them and counts their products, descendants included', async () => {
    const tree = data(await visitor.rpc('category_tree'))
    const top = tree.find(node => node.id === shops.top.id)
    const middle = top.children.find(node => node.id === shops.middle.id)
    const leaf = middle.children.find(node => node.id === shops.leaf.id)
    assert.deepEqual([top.product_count, middle.product_count, leaf.product_count], [3, 3, 2])
    assert.deepEqual(leaf.children, [])
  })

  test('a category cannot be its own ancestor', async () => {
    const { error, status } = await shop.from('categories').update({ parent_id: shops.leaf.id }).eq('id', shops.top.id)
    assert.ok(error)
    assert.ok(status >= 400 && status < 500, `status ${status}`)
  })
})

describe('specifications', () => {
  test('a write names everything that the category does not allow at once', async () => {
    const slug = unique('theiere')
    const answer = await shop.from('products').insert({
      slug, sku: slug.toUpperCase(), name: 'Théière', price: 1, category_id: shops.leaf.id,
      specifications: { volume: 'beaucoup', couleur: 'bleu' }
    })
    invalid(answer, 'specifications.volume', 'specifications.couleur')
  })
})
