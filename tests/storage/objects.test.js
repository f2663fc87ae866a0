// Files in buckets, and who may touch them.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'

import { anonymous, data } from '../helpers/clients.js'
import { customer } from '../helpers/people.js'
import { shop, unique } from '../helpers/shop.js'

const bucket = unique('open')
const closed = unique('closed')
const files = shop.storage.from(bucket)
const text = (words, type = 'text/plain') => new Blob([words], { type })

before(async () => {
  data(await shop.storage.createBucket(bucket, { public: true, fileSizeLimit: 10_000, allowedMimeTypes: ['text/plain'] }))
  data(await shop.storage.createBucket(closed, { public: false }))
})

describe('a bucket', () => {
  test('is made once, listed, changed', async () => {
    assert.equal(data(await shop.storage.getBucket(bucket)).public, true)
    assert.ok(data(await shop.storage.listBuckets()).some(({ name }) => name === bucket))
    assert.ok((await shop.storage.createBucket(bucket)).error)
  })

  test('that is not empty is not deleted; emptied, it is', async () => {
    const name = unique('passing')
    data(await shop.storage.createBucket(name))
    data(await shop.storage.from(name).upload('a.txt', text('a')))
    assert.ok((await shop.storage.deleteBucket(name)).error)
    data(await shop.storage.emptyBucket(name))
    data(await shop.storage.deleteBucket(name))
    assert.ok((await shop.storage.getBucket(name)).error)
  })

  test('is not made by customers or visitors', async () => {
    const { client } = await customer()
    for (const caller of [client, anonymous()]) {
      assert.ok((await caller.storage.createBucket(unique('sly'))).error)
    }
  })
})

describe('a file', () => {
  test('comes back as it was uploaded', async () => {
    data(await files.upload('round/trip.txt', text('Thé à la menthe')))
    const blob = data(await files.download('round/trip.txt'))
    assert.equal(await blob.text(), 'Thé à la menthe')
    assert.equal(blob.type.split(';')[0], 'text/plain')
    assert.equal(data(await files.exists('round/trip.txt')), true)
    assert.equal(data(await files.info('round/trip.txt')).size, 16 + 1)
  })

  test('is replaced only when that is asked for', async () => {
    data(await files.upload('twice.txt', text('one')))
    const { error } = await files.upload('twice.txt', text('two'))
    assert.equal(error.statusCode, '409')
    data(await files.upload('twice.txt', text('three'), { upsert: true }))
    assert.equal(await data(await files.download('twice.txt')).text(), 'three')
    data(await files.update('twice.txt', text('four')))
    assert.equal(await data(await files.download('twice.txt')).text(), 'four')
  })

  test('in a public bucket has a URL that needs no key', async () => {
    data(await files.upload('public.txt', text('for all')))
    const answer = await fetch(files.getPublicUrl('public.txt').data.publicUrl)
    assert.equal(answer.status, 200)
    assert.equal(await answer.text(), 'for all')
  })

  test('in a closed bucket has none, but a signed one', async () => {
    const secret = shop.storage.from(closed)
    data(await secret.upload('secret.txt', text('for you')))
    const open = await fetch(secret.getPublicUrl('secret.txt').data.publicUrl)
    assert.ok(open.status >= 400 && open.status < 500)

    const { signedUrl } = data(await secret.createSignedUrl('secret.txt', 60))
    const signed = await fetch(signedUrl)
    assert.equal(await signed.text(), 'for you')

    const other = new URL(signedUrl)
    other.pathname = other.pathname.replace('secret.txt', 'other.txt')
    const forged = await fetch(other)
    assert.ok(forged.status >= 400 && forged.status < 500, `status ${forged.status}`)
  })

  test('may be uploaded to a signed URL by somebody who may not otherwise', async () => {
    const { path, token } = data(await shop.storage.from(closed).createSignedUploadUrl('delivery.txt'))
    data(await anonymous().storage.from(closed).uploadToSignedUrl(path, token, text('delivered')))
    assert.equal(await data(await shop.storage.from(closed).download('delivery.txt')).text(), 'delivered')
  })

  test('is listed in its folder, and folders beside it', async () => {
    for (const path of ['list/b.txt', 'list/a.txt', 'list/deep/c.txt']) {
      data(await files.upload(path, text(path)))
    }
    const entries = data(await files.list('list', { sortBy: { column: 'name', order: 'asc' } }))
    assert.deepEqual(entries.map(({ name, id }) => [name, id !== null]), [['a.txt', true], ['b.txt', true], ['deep', false]])
    const page = data(await files.list('list', { limit: 1, offset: 1, sortBy: { column: 'name', order: 'asc' } }))
    assert.deepEqual(page.map(({ name }) => name), ['b.txt'])
  })

  test('is moved, copied and removed', async () => {
    data(await files.upload('old.txt', text('same')))
    data(await files.move('old.txt', 'moved/new.txt'))
    assert.ok((await files.download('old.txt')).error)
    data(await files.copy('moved/new.txt', 'copy.txt'))
    assert.equal(await data(await files.download('copy.txt')).text(), 'same')
    const removed = data(await files.remove(['moved/new.txt', 'copy.txt', 'never.txt']))
    assert.deepEqual(removed.map(({ name }) => name).sort(), ['copy.txt', 'moved/new.txt'])
    assert.ok((await files.download('copy.txt')).error)
  })

  test('that is too large or of a type the bucket does not take is refused', async () => {
    const large = await files.upload('large.txt', text('x'.repeat(10_001)))
    assert.equal(large.error.statusCode, '413')
    const page = await files.upload('page.html', text('<script>', 'text/html'))
    assert.equal(page.error.statusCode, '415')
    for (const name of ['large.txt', 'page.html']) {
      assert.ok((await files.download(name)).error, `${name} must not be there`)
    }
  })

  test('with a name that climbs out of its bucket is refused', async () => {
    for (const path of ['..%2fescape.txt', `..%2f${closed}%2fescape.txt`, '..%2f..%2fescape.txt', 'a%00b.txt']) {
      const { error } = await files.upload(path, text('x'))
      // An edge knows no such path at all.
      assert.ok([400, 404].includes(error?.status), `${path}: ${error?.status}`)
    }
    for (const store of [files, shop.storage.from(closed)]) {
      assert.ok(!data(await store.list('')).some(({ name }) => name.includes('escape') || name.startsWith('..')))
    }
  })
})

describe('without a policy that says otherwise', () => {
  test('visitors and customers upload, replace, list and remove nothing', async () => {
    data(await files.upload('shop.txt', text('shop')))
    const { client } = await customer()
    for (const caller of [anonymous(), client]) {
      const theirs = caller.storage.from(bucket)
      const upload = await theirs.upload(`${unique('sly')}.txt`, text('sly'))
      assert.equal(upload.error.statusCode, '403')
      assert.ok((await theirs.upload('shop.txt', text('sly'), { upsert: true })).error)
      assert.deepEqual(data(await theirs.list('')), [])
      assert.deepEqual((await theirs.remove(['shop.txt'])).data ?? [], [])
      assert.ok((await theirs.move('shop.txt', 'sly.txt')).error)
      assert.ok((await caller.storage.from(closed).download('secret.txt')).error)
      assert.ok((await caller.storage.from(closed).createSignedUrl('secret.txt', 60)).error)
    }
    assert.equal(await data(await files.download('shop.txt')).text(), 'shop')
  })
})
