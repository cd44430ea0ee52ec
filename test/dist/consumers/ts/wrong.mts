import { createLimiter, remoteAddress } from 'sluice/express'

createLimiter({ key: remoteAddress, defaultLimit: ['1 per hour'] })
