import type {
  Exchange,
  ReceivedResponse,
  Request,
  Requester,
  RequestOptions,
  ResponseHandler,
} from '../../../src/coap/handler.ts'
import type { Peer } from '../../../src/coap/peer.ts'
import { CodedError } from '../../../src/lib/errors.ts'

export interface Asked {
  readonly peer: Peer
  readonly request: Request
  readonly options: RequestOptions | undefined
  readonly handler: ResponseHandler
}

/** CoAP whose responses a test makes up; it cancels at once, as the real one does. */
export class FakeRequester implements Requester {
  readonly asked: Asked[] = []
  #tokens = 0

  request(peer: Peer, request: Request, handler: ResponseHandler, options?: RequestOptions): Exchange {
    let isOver = false
    const once: ResponseHandler = (outcome) => {
      if (isOver) return
      isOver = true
      handler(outcome)
    }
    this.asked.push({ peer, request, options, handler: once })
    const token = options?.token ?? Uint8Array.of(++this.#tokens)
    return { token, cancel: () => once(new CodedError('coap_cancelled', 'given up')) }
  }

  left(): void {}

  /** First path segments of what was asked, in order. */
  get paths(): (string | undefined)[] {
    return this.asked.map(({ request }) => request.path[0])
  }

  /** Answers the request that was sent last. */
  answer(response: ReceivedResponse = RESPONSE): void {
    this.asked.at(-1)?.handler(response)
  }
}

export const RESPONSE: ReceivedResponse = { code: 0x45, payload: new Uint8Array(0), options: [], at: 0 }
