import { createLimiter, remoteAddress } from 'sluice/fetch'

export { createLimiter, remoteAddress }

export const limiter: ReturnType<typeof createLimiter> = createLimiter({
  key: remoteAddress,
  trustProxy: { header: 'cf-connecting-ip' },
})
