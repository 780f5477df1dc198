import { RequestError } from '../incoming.ts'
import { pageFile, pageFiles } from '../pageFiles.ts'
import type { Route } from '../route.ts'

/**
 * Only its own script, style and server; no markup from text, by whatever way, and no frame around it.
 * Trusted types make a browser refuse every sink that takes markup.
 */
const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
].join('; ')

/** The page at `/`, and what it is made of. It tells nothing, so it needs no token: it asks for it. */
export const pageRoutes: readonly Route[] = Object.keys(pageFiles).map((path): Route => ({
  method: 'GET',
  path,
  reply: async (_, { page }) => {
    if (!page) throw new RequestError(404, 'not-found', 'There is nothing at this address; /openapi.json names what there is')
    const { type, body } = await pageFile(path)
    return {
      kind: 'whole', status: 200, body,
      headers: { 'content-type': type, 'cache-control': 'no-cache', 'content-security-policy': policy, 'cross-origin-opener-policy': 'same-origin' },
    }
  },
}))
