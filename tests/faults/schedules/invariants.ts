/** An item of the table, with relative dates, and every attribute as text. */
type Attributes = Readonly<Record<string, string>>;

/** What is wrong with the items that a run left behind, in sentences. */
export function brokenInvariants(items: readonly string[], isExclusive: boolean): string[] {
  const all = items.map(attributesOf);
  const slots = all.filter(({ SK, status }) => SK?.startsWith('SLOT#') && status === 'taken');
  const records = all.filter(({ SK }) => SK?.startsWith('DAY#'));
  const byId = Map.groupBy(records, ({ appointment_id }) => appointment_id ?? '');
  const broken: string[] = [];

  for (const [id, copies] of byId) {
    const contents = new Set(copies.map(({ SK: _, ...content }) => JSON.stringify(content)));
    if (contents.size > 1) broken.push(`The records of ${id} differ.`);
  }
  for (const { PK, SK = '', appointment_id, patient_id, start_time = '', status } of records) {
    const [, date = '', kept] = SK.split('#');
    if (kept !== undefined && status === 'booked') {
      broken.push(`${appointment_id} is booked, but not at the key of its date.`);
    }
    if (PK !== `PATIENT#${patient_id}` || !start_time.startsWith(`${date}T`)) {
      broken.push(`${appointment_id} has the key of another patient or date.`);
    }
  }
  for (const { PK, erased_at, first_name, last_name } of all) {
    const names = first_name ?? last_name;
    if (erased_at !== undefined && names !== undefined)
      broken.push(`${PK} is erased, but has names.`);
  }
  const appointments = [...byId.values()].flatMap((copies) => copies.slice(0, 1));
  const byReference = new Map(appointments.map((one) => [referenceTo(one), one]));
  for (const appointment of appointments) {
    const { appointment_id, rescheduled_to: to, rescheduled_from: from } = appointment;
    const own = referenceTo(appointment);
    if (to !== undefined && byReference.get(to)?.['rescheduled_from'] !== own) {
      broken.push(`${appointment_id} points to ${to}, which does not point back.`);
    }
    if (from !== undefined && byReference.get(from)?.['rescheduled_to'] !== own) {
      broken.push(`${appointment_id} points back to ${from}, which does not point to it.`);
    }
  }
  if (!isExclusive) return broken;

  const booked = appointments.filter(({ status }) => status === 'booked');
  const keyOf = ({ practitioner_id, start_time = '' }: Attributes) =>
    `PRACTITIONER#${practitioner_id} SLOT#${start_time.replace(/:00Z$/, 'Z')}`;
  const taken = new Map(slots.map(({ PK, SK, appointment_id }) => [`${PK} ${SK}`, appointment_id]));
  for (const appointment of booked) {
    if (taken.get(keyOf(appointment)) !== appointment['appointment_id']) {
      broken.push(`${appointment['appointment_id']} is booked, but does not have its slot.`);
    }
  }
  const ids = new Set(booked.map(({ appointment_id }) => appointment_id));
  for (const [key, id] of taken) {
    if (!ids.has(id)) broken.push(`${key} is taken by ${id}, which is not booked.`);
  }
  return broken;
}

/** The id and date of an appointment, as `rescheduled_to` has them. */
function referenceTo({ appointment_id, SK = '' }: Attributes): string {
  return `${appointment_id} ${SK.split('#')[1]}`;
}

type Value = Readonly<{ S?: string; NULL?: boolean; M?: Record<string, { S: string }> }>;

function attributesOf(item: string): Attributes {
  const attributes = Object.entries(JSON.parse(item) as Record<string, Value>);
  return Object.fromEntries(
    attributes.map(([name, { S, M }]) => [
      name,
      S ?? (M && `${M['appointment_id']?.S} ${M['date']?.S}`) ?? '',
    ]),
  );
}
