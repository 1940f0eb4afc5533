import type { Appointment } from './appointment.ts';
import type { Patient } from './people.ts';

/** Why a booking or a list came to nothing, and what goes with it. */
export type BookingErrorDetails =
  | { readonly code: 'patient-not-found' }
  | { readonly code: 'practitioner-not-found' }
  /** The patient has an appointment on that UTC date: the conflict. */
  | {
      readonly code: 'patient-day-taken';
      readonly conflict: Appointment;
      readonly patient: Patient;
    }
  /** The practitioner has an appointment with another patient at that time. */
  | { readonly code: 'practitioner-slot-taken' }
  /** The patient's appointment on that UTC date was booked with the same key, for another practitioner or start. */
  | { readonly code: 'idempotency-key-reused' }
  /** The store refused, failed or did not answer in time; whether it wrote is not known. */
  | { readonly code: 'store-unavailable' };

export type BookingErrorCode = BookingErrorDetails['code'];

/** The one error of the domain. Its message is for the caller: it names no person and no date. */
export class BookingError extends Error {
  override readonly name = 'BookingError';
  readonly details: BookingErrorDetails;

  constructor(details: BookingErrorDetails, message: string, options?: ErrorOptions) {
    super(message, options);
    this.details = details;
  }
}

export function patientNotFound(): BookingError {
  return new BookingError({ code: 'patient-not-found' }, 'There is no patient with this id.');
}

export function practitionerSlotTaken(): BookingError {
  return new BookingError(
    { code: 'practitioner-slot-taken' },
    'The practitioner has another appointment at this time. Choose another time or practitioner.',
  );
}

export function storeUnavailable(options?: ErrorOptions): BookingError {
  return new BookingError(
    { code: 'store-unavailable' },
    'The appointment store is not available. Whether a booking was stored is not known: send the request again, with the same Idempotency-Key if it had one.',
    options,
  );
}

export function isStoreUnavailable(error: unknown): boolean {
  return error instanceof BookingError && error.details.code === 'store-unavailable';
}
