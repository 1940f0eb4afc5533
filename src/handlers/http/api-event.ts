import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** What is logged of a request beside what the event itself says. */
interface RequestRecord {
  /** Milliseconds since the process began. */
  readonly began: number;
  readonly coldStart: boolean;
  /** How often the SDK asked the store. */
  attempts: number;
  /** The code of the problem that was answered. */
  code?: string;
  /** What failed inside. */
  failure?: unknown;
}

/** A request as API Gateway hands it over, and what the stack has found out about it. */
export interface ApiEvent extends APIGatewayProxyEventV2 {
  /** What will be logged of the request. */
  record?: RequestRecord;
  /** Whether the caller may see what the patient has booked; the answer to a taken date depends on it. */
  mayList?: boolean;
  /** The JSON object that the body holds. */
  jsonBody?: Readonly<Record<string, unknown>>;
}
