export type RequestErrorCode =
  | 'unauthenticated'
  | 'forbidden'
  | 'body-too-large'
  | 'unsupported-media-type'
  | 'invalid-request';

/** One thing that is wrong with a request, and where: a JSON Pointer (RFC 6901) into the body, or a parameter or header by its name. */
export type RequestFault = { readonly detail: string } & (
  | { readonly pointer: string }
  | { readonly parameter: string }
  | { readonly header: string }
);

/** A request that is refused for its caller or its form, before any rule of booking is looked at. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: RequestErrorCode;
  /** All that is wrong, at once; none where the request was refused unread. */
  readonly faults: readonly RequestFault[];

  constructor(code: RequestErrorCode, message: string, faults: readonly RequestFault[] = []) {
    super(message);
    this.code = code;
    this.faults = faults;
  }
}
