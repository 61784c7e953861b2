// A refusal in the words of an AWS service: the name of its exception, and what the exception holds.

/** What an exception holds beside its name and message. */
interface Details {
  /** The service's own code within the exception: `DoesNotExist`. */
  readonly code?: string | undefined;
  /** Where to read more. */
  readonly docs?: string | undefined;
  /** What to do. */
  readonly tip?: string | undefined;
  /** 400 where absent: what clients know of an exception is its name. */
  readonly httpStatus?: number | undefined;
  /** Members of exceptions that have more. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
}

/** An exception of an AWS service, as its clients see it. */
export class AwsError extends Error {
  /** The exception's name: `InvalidInputException`. */
  readonly type: string;
  readonly details: Details;

  constructor(type: string, message: string, details: Details = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "AwsError";
    this.type = type;
    this.details = details;
  }
}
