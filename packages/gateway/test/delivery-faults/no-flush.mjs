/** Loaded before the gateway, it leaves out every flush: the mistake that the test must notice. */
import { open } from 'node:fs/promises'

const handle = await open('/dev/null', 'r')
const prototype = Object.getPrototypeOf(handle)
await handle.close()
prototype.datasync = async () => {}
prototype.sync = async () => {}
