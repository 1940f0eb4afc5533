import { type Appointment, hasEnded } from '../../domain/appointment.ts';
import { slotEnd } from '../../domain/slot.ts';

/**
 * Whether a caller prefers an iCalendar object to JSON: `Accept` lists `text/calendar`, at least at the quality of
 * `application/json` (RFC 9110, 12.5.1).
 */
export function prefersCalendar(accept = ''): boolean {
  const qualities = new Map(
    accept.split(',').map((range) => {
      const [type = '', ...parameters] = range
        .toLowerCase()
        .split(';')
        .map((part) => part.trim());
      const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length);
      return [type, Number(q ?? 1)] as const;
    }),
  );
  const calendar = qualities.get('text/calendar') ?? 0;
  return calendar > 0 && calendar >= (qualities.get('application/json') ?? 0);
}

/**
 * An appointment as an iCalendar object (RFC 5545). Its `UID` is that of the series, and its `SEQUENCE` grows with
 * each reschedule and at the end, so that a calendar replaces an earlier state. It has nothing of the patient.
 */
export function calendarOf(appointment: Appointment): string {
  const { series, practitioner, slot, createdAt } = appointment;
  const ending = hasEnded(appointment) ? appointment.ending : undefined;
  const changedAt =
    ending?.status === 'cancelled' ? ending.cancelledAt : (ending?.rescheduledAt ?? createdAt);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//appointment-service//EN',
    'BEGIN:VEVENT',
    `UID:${series.id}`,
    `SEQUENCE:${2 * series.position + (ending ? 1 : 0)}`,
    `DTSTAMP:${dateTime(changedAt)}`,
    `DTSTART:${dateTime(slot)}`,
    `DTEND:${dateTime(slotEnd(slot))}`,
    `STATUS:${ending ? 'CANCELLED' : 'CONFIRMED'}`,
    `SUMMARY:${text(`Appointment with ${practitioner.firstName} ${practitioner.lastName}`)}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join('');
}

/** RFC 5545, 3.3.5: `20210107T000000Z`. */
function dateTime(instant: string): string {
  return `${instant.slice(0, 'YYYY-MM-DDThh:mm:ss'.length).replace(/[-:]/g, '')}Z`;
}

/** RFC 5545, 3.3.11. A name has no line breaks. */
function text(value: string): string {
  return value.replace(/[\\;,]/g, '\\$&');
}

/** RFC 5545, 3.1: a line has at most 75 bytes, and continues after a line break and a space. */
function fold(line: string): string {
  let bytes = 0;
  return Array.from(line)
    .map((character) => {
      const length = Buffer.byteLength(character);
      const fits = bytes + length <= 75;
      bytes = fits ? bytes + length : 1 + length;
      return fits ? character : `\r\n ${character}`;
    })
    .join('');
}
