// People with accounts, each with a client of their own.
import { anonymous, data } from './clients.js'
import { shop, unique } from './shop.js'

/** An account with a confirmed e-mail, signed in: `{client, id, email, password}`. */
export async function customer(options = {}) {
  const email = options.email ?? `${unique('customer')}@example.com`
  const password = unique('password')
  const { user } = data(
    await shop.auth.admin.createUser({ email, password, email_confirm: true, user_metadata: { name: options.name } })
  )
  const client = anonymous()
  data(await client.auth.signInWithPassword({ email, password }))
  return { client, id: user.id, email, password }
}

/** An account with an admin's rights. */
export async function admin() {
  const person = await customer({ name: 'Admin' })
  data(await shop.from('user_profiles').update({ role: 'admin' }).eq('id', person.id).select().single())
  return person
}
