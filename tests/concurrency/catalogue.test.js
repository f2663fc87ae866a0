// Admins who change a product and its variants at once.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { data } from '../helpers/clients.js'
import { tally } from '../helpers/expect.js'
import { rush } from '../helpers/rush.js'
import { product, shop, withoutLimits } from '../helpers/shop.js'

before(withoutLimits)

describe('a product and its variants, changed at once', () => {
  test('twenty changes of both: all of them happen, nobody blocks another', async () => {
    const parent = await product({ stock: 0 })
    const sizes = ['S', 'M', 'L']
    const variants = data(
      await shop
        .from('products')
        .insert(
          sizes.map(size => ({
            parent_id: parent.id,
            sku: `${parent.sku}-${size}`,
            slug: `${parent.slug}-${size.toLowerCase()}`,
            price: 100,
            options: { size }
          }))
        )
        .select('id, sku')
    )
    const change = index => {
      if (index % 2 === 0) {
        return shop.from('products').update({ name: `Name ${index}` }).eq('id', parent.id)
      }
      const variant = variants[index % variants.length]
      return shop.from('products').update({ options: { size: `${variant.sku} ${index}` } }).eq('id', variant.id)
    }
    const family = [parent, ...variants].map(({ id }) => id)
    const answers = await rush(20, change, ['select from public.products where id = any($1::uuid[]) order by id for update', [family]])
    assert.deepEqual(tally(answers), { ok: 20 })
    const names = data(await shop.from('products').select('name').in('id', family)).map(({ name }) => name)
    assert.equal(new Set(names).size, 1, 'the variants have their product’s last name')
  })
})
