import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { clientError, refused } from '../helpers/expect.js'
import { customer } from '../helpers/people.js'
import { category, guestCheckout, product, shippingMethod, shop, unique, withoutLimits } from '../helpers/shop.js'

const visitor = anonymous()

describe('GET /products', () => {
  const brand = unique('brand')
  let shelf, made, hidden

  before(async () => {
    await withoutLimits()
    shelf = await category({ name: 'Vaisselle' })
    made = []
    for (const price of [10, 20, 30, 40]) {
      made.push(await product({ category_id: shelf.id, brand, price, stock: price / 10 - 1 }))
    }
    hidden = await product({ category_id: shelf.id, brand, price: 50, is_active: false })
    data(
      await shop.from('product_images').insert([
        { product_id: made[0].id, storage_path: `${made[0].id}/b`, url: 'https://x.example/b', alt: 'Dos', sort_order: 2, is_primary: false },
        { product_id: made[0].id, storage_path: `${made[0].id}/a`, url: 'https://x.example/a', alt: 'Face', sort_order: 1, is_primary: true }
      ]).select()
    )
  })

  const list = (columns = '*', options) => visitor.from('products').select(columns, options).eq('brand', brand).order('price')

  test('category and images come along', async () => {
    const rows = data(await list('*,category:categories(*),images:product_images(*)'))
    assert.equal(rows.length, 4)
    assert.equal(rows[0].category.id, shelf.id)
    assert.deepEqual(rows[0].images.map(image => image.alt).sort(), ['Dos', 'Face'])
    assert.deepEqual(rows[1].images, [])
  })

  test('embedded images can be ordered and limited', async () => {
    const rows = data(
      await list('id,images:product_images(alt)')
        .order('sort_order', { referencedTable: 'images' })
        .limit(1, { referencedTable: 'images' })
    )
    assert.deepEqual(rows[0].images, [{ alt: 'Face' }])
  })

  test('filters, order and range work together, with an exact count', async () => {
    const page = await list('price', { count: 'exact' }).gte('price', 20).range(1, 2)
    assert.deepEqual(data(page).map(row => row.price), [30, 40])
    assert.equal(page.count, 3)
  })

  test('pages by keyset follow each other without gap or repetition', async () => {
    const seen = []
    for (let last = 0; ; ) {
      const rows = data(await list('id, price').gt('price', last).limit(2))
      seen.push(...rows.map(row => row.price))
      if (rows.length < 2) break
      last = rows.at(-1).price
    }
    assert.deepEqual(seen, [10, 20, 30, 40])
  })

  for (const kind of ['exact', 'estimated']) {
    test(`count=${kind} counts what a page is a part of`, async () => {
      const page = await list('id', { count: kind }).limit(1)
      assert.equal(data(page).length, 1)
      assert.equal(page.count, 4)
    })

    test(`count=${kind} can be asked for alone`, async () => {
      const { data: rows, count } = await list('id', { count: kind, head: true }).lte('price', 20)
      assert.equal(rows, null)
      assert.equal(count, 2)
    })
  }

  // As good as the database's statistics, which a young shop lacks; at real size, tests/scale/plans/40_counts.sql holds it.
  test('count=planned is a number, with filters too', async () => {
    for (const asked of [list('id', { count: 'planned' }), list('id', { count: 'planned' }).gte('price', 20)]) {
      const page = await asked.limit(1)
      assert.equal(data(page).length, 1)
      assert.ok(Number.isInteger(page.count) && page.count >= 0, String(page.count))
    }
  })

  test('available_stock and in_stock can be selected', async () => {
    const rows = data(await list('available_stock, in_stock'))
    assert.deepEqual(rows.map(row => row.available_stock), [0, 1, 2, 3])
    assert.deepEqual(rows.map(row => row.in_stock), [false, true, true, true])
  })

  test('what is inactive or deleted is not there, for customers either', async () => {
    const { client } = await customer()
    data(await shop.from('products').update({ deleted_at: new Date().toISOString() }).eq('id', made[3].id).select().single())
    for (const buyer of [visitor, client]) {
      const rows = data(await buyer.from('products').select('id').in('id', [hidden.id, made[3].id, made[0].id]))
      assert.deepEqual(rows, [{ id: made[0].id }])
    }
    data(await shop.from('products').update({ deleted_at: null }).eq('id', made[3].id).select().single())
  })

  test('what a product costs the shop cannot be selected', async () => {
    clientError(await visitor.from('products').select('id, cost_price').limit(1))
    clientError(await visitor.from('products').select('id, product_costs(cost_price)').limit(1))
  })

  test('a filter on no column, or with a wrong value, is the caller\'s error', async () => {
    clientError(await visitor.from('products').select('id').eq('no_such_column', 1))
    clientError(await visitor.from('products').select('id').eq('id', 'no uuid'))
    clientError(await visitor.from('products').select('id').gt('price', 'cheap'))
  })

  test('a list is never longer than the API allows', async () => {
    const rows = data(await visitor.from('products').select('id').limit(100_000))
    assert.ok(rows.length <= 1000)
  })
})

describe('GET /products/{id_or_slug}', () => {
  let parent, small, large
  before(async () => {
    const shelf = await category()
    parent = await product({ category_id: shelf.id, name: 'Caftan', description: '# Caftan\n\nCousu **main**.', stock: 0 })
    small = await product({ parent_id: parent.id, name: 'Caftan S', options: { taille: 'S' }, price: 100, stock: 2 })
    large = await product({ parent_id: parent.id, name: 'Caftan L', options: { taille: 'L' }, price: 120, stock: 3 })
  })

  test('by id and by slug it is the same product', async () => {
    const byId = data(await visitor.from('products').select('*').eq('id', parent.id).single())
    const bySlug = data(await visitor.from('products').select('*').eq('slug', parent.slug).single())
    assert.deepEqual(byId, bySlug)
    assert.equal(byId.description, '# Caftan\n\nCousu **main**.')
  })

  test('variants come along in one request', async () => {
    const read = data(
      await visitor.from('products').select('*,variants:products!parent_id(*)').eq('slug', parent.slug).single()
    )
    assert.deepEqual(read.variants.map(variant => variant.id).sort(), [small.id, large.id].sort())
    assert.deepEqual(read.variants.map(variant => variant.options.taille).sort(), ['L', 'S'])
  })

  test('a product with variants has what they have', async () => {
    const read = data(await visitor.from('products').select('available_stock').eq('id', parent.id).single())
    assert.equal(read.available_stock, 5)
  })

  test('a variant is bought, its parent is not', async () => {
    const method = await shippingMethod()
    const { details } = refused(
      await visitor.rpc('place_order', guestCheckout(method, [parent])),
      409,
      'product_unavailable'
    )
    assert.equal(details[0].product_id, parent.id)
    const order = data(await visitor.rpc('place_order', guestCheckout(method, [large])))
    assert.deepEqual(order.items.map(item => [item.options, item.unit_price]), [[{ taille: 'L' }, 120]])
  })

  test('two variants of one product with the same options are refused', async () => {
    const slug = unique('caftan')
    const { error, status } = await shop
      .from('products')
      .insert({ parent_id: parent.id, slug, sku: slug.toUpperCase(), name: 'Encore S', price: 1, options: { taille: 'S' } })
    assert.ok(error)
    assert.ok([409, 422].includes(status), `${status} ${error.code}`)
  })

  test('no such product is an empty answer', async () => {
    assert.deepEqual(data(await visitor.from('products').select('id').eq('slug', unique('none'))), [])
    const { status } = await visitor.from('products').select('id').eq('slug', unique('none')).single()
    assert.equal(status, 406)
  })
})

describe('GET /products/featured', () => {
  test('only what is featured and on sale', async () => {
    const brand = unique('brand')
    const featured = await product({ brand, is_featured: true })
    await product({ brand, is_featured: false })
    await product({ brand, is_featured: true, is_active: false })
    const rows = data(await visitor.from('products').select('id').is('is_featured', true).eq('brand', brand))
    assert.deepEqual(rows, [{ id: featured.id }])
  })
})
