// Imported before tests that go through an edge: all of them come from one address.
import { withoutLimits } from './shop.js'

await withoutLimits()
