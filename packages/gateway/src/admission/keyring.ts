/**
 * Keys, and whose they are, without keeping a key: each is known by a digest
 * under a secret of this process, and what is presented is looked up by its
 * own.
 *
 * Whoever guesses cannot know the digest of a guess, so that neither the
 * lookup nor the comparison tells anything by its time; the same steps are
 * taken for a key that is known and for one that is not, whatever their
 * number.
 *
 * Imports nothing of the gateway.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Longer texts are no key; they are not hashed. */
const MAX_KEY_LENGTH = 1024
const DIGEST_BYTES = 32

/** A key's digest, and its owner. */
interface Entry<Owner> {
  readonly digest: Buffer
  readonly owner: Owner
}

/** Says whose a key is. */
export class Keyring<Owner> {
  readonly #secret = randomBytes(DIGEST_BYTES)
  readonly #nobody = Buffer.alloc(DIGEST_BYTES)
  readonly #entries = new Map<string, Entry<Owner>>()

  /** Adds a key. */
  add(key: string, owner: Owner): void {
    const digest = this.#digest(key)
    this.#entries.set(digest.toString('latin1'), { digest, owner })
  }

  /** Whose key this is; `undefined` when nobody's. Costs one HMAC. */
  ownerOf(key: string): Owner | undefined {
    const digest = this.#digest(key.length > MAX_KEY_LENGTH ? '' : key)
    const entry = this.#entries.get(digest.toString('latin1'))
    const isKnown = timingSafeEqual(digest, entry?.digest ?? this.#nobody)
    return isKnown ? entry?.owner : undefined
  }

  #digest(key: string): Buffer {
    return createHmac('sha256', this.#secret).update(key).digest()
  }
}
