// Ledger, reservations and inventory tell one story.
import assert from 'node:assert/strict'

import { data } from './clients.js'
import { shop } from './shop.js'

const PAGE = 1000

async function all(query) {
  const rows = []
  for (let page; !page || page.length === PAGE; ) {
    page = data(await query().range(rows.length, rows.length + PAGE - 1))
    rows.push(...page)
  }
  return rows
}

const sum = (rows, kinds) =>
  rows.filter(row => kinds.includes(row.kind)).reduce((total, row) => total + row.quantity, 0)

/** Fails unless all three agree about these products. */
export async function booksAgree(...products) {
  for (const { id } of products) {
    const inventory = data(
      await shop.from('inventory').select('stock, reserved_stock').eq('product_id', id).single()
    )
    const movements = await all(() =>
      shop.from('stock_movements').select('id, kind, quantity').eq('product_id', id).order('id')
    )
    const held = await all(() =>
      shop.from('stock_reservations').select('order_id, quantity').eq('product_id', id).eq('status', 'active').order('order_id')
    )
    assert.deepEqual(
      {
        stock: sum(movements, ['receive', 'adjust', 'sell', 'restock']),
        reserved_by_ledger: sum(movements, ['sell']) - sum(movements, ['reserve', 'release']),
        reserved_by_reservations: held.reduce((total, row) => total + row.quantity, 0)
      },
      {
        stock: inventory.stock,
        reserved_by_ledger: inventory.reserved_stock,
        reserved_by_reservations: inventory.reserved_stock
      }
    )
    assert.ok(inventory.reserved_stock >= 0 && inventory.reserved_stock <= inventory.stock)
  }
}
