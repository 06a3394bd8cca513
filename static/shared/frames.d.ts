// Made by `manage.py reference` from the declared frames. Do not edit.

/** What the customer wrote into the form before the chat. */
export interface FormAnswers {
  name: string;
  phone: string;
  email: string;
}

/** A place in the customer's story: messages before this one follow. */
export interface Cursor {
  conversation: number;
  seq: number;
}

/** A message as it is shown. ``text`` of a deleted one is empty. System lines carry ``code`` and ``params``. The code ``in_passing`` marks words to the customer that send him on and answer nothing. */
export interface MessageView {
  id: number;
  conversation: number;
  seq: number;
  rev: number;
  kind: string;
  author: AuthorView;
  at: string;
  text: string;
  code: string;
  params: Record<string, unknown>;
  staff_only: boolean;
  files: Array<FileView>;
  reply_to: QuoteView | null;
  edited_at: string | null;
  deleted: boolean;
  client_id: string | null;
  identity: number | null;
  delivery: string | null;
  delivery_id: number | null;
  delivery_error: string;
}

/** Who wrote a message. ``id`` is the member of staff; empty for customers, bots and system lines. */
export interface AuthorView {
  kind: string;
  id: number | null;
  name: string;
  title: string;
  avatar: string | null;
}

/** A file of a message; fetched by id with the reader's own authority. */
export interface FileView {
  id: string;
  name: string;
  size: number;
  kind: string;
  content_type: string;
  state: string;
  width: number | null;
  height: number | null;
}

/** The message an answer refers to, as it reads now. */
export interface QuoteView {
  id: number;
  seq: number;
  author: string;
  text: string;
}

/** A conversation as its customer sees it. The three ``…_seq`` are how far each side has come. */
export interface ConversationView {
  id: number;
  rev: number;
  seq: number;
  state: string;
  line: string;
  holder: PersonView | null;
  opened_at: string;
  closed_at: string | null;
  closed_by: string;
  rating: RatingView | null;
  can_rate: boolean;
  customer_delivered_seq: number;
  customer_read_seq: number;
  staff_read_seq: number;
}

/** A member of staff as customers see him. */
export interface PersonView {
  id: number;
  name: string;
  title: string;
  avatar: string | null;
}

/** The customer's mark. */
export interface RatingView {
  score: number;
  comment: string;
}

/** What who waits is told: his place, seconds from now until he is answered, and what he may ask for instead. What the line does not tell, or nobody knows, is null. ``offers``: answer (leave a contact), callback. ``messengers``: where he may go on with his place kept. */
export interface WaitingView {
  conversation: number;
  position: number | null;
  low: number | null;
  high: number | null;
  offers: Array<string>;
  messengers: Array<MessengerView>;
}

/** A channel in which who waits may go on (``continue_in``), by the name customers know. */
export interface MessengerView {
  channel: number;
  name: string;
}

/** Who the server takes the customer for. */
export interface WhoView {
  known: boolean;
  verified: boolean;
  name: string;
}

/** How the chat looks and what it says of itself. ``promise`` is owed to who begins to write without choosing a department: show it before he does. */
export interface LookView {
  bank: string;
  title: string;
  accent: string;
  logo: string | null;
  greeting: string;
  promise: string;
  closed_text: string;
}

/** A department the customer may choose; a closed one shows its hours of today and when it opens. ``promise`` is owed to who chooses it and begins to write: show it where it is chosen. */
export interface DepartmentView {
  id: number;
  name: string;
  open: boolean;
  hours: string;
  opens_at: string | null;
  asks_contact: boolean;
  notice: string;
  promise: string;
}

/** What is asked before the chat. */
export interface FormView {
  ask: Array<string>;
  required: boolean;
}

/** What a message may be. */
export interface LimitsView {
  text: number;
  file_bytes: number;
  files: boolean;
  edit_seconds: number;
}

/** Whether who leaves is written to by letter, and where: ``to`` is shortened (i•••@mail.ru), empty when unknown. ``own``: it is what he left here (``leave_email``) and may change; otherwise the bank knows it. */
export interface LettersView {
  offered: boolean;
  to: string;
  own: boolean;
}

/** A conversation in the workspace's list. With ``locked`` only its place is told: no name, no words. */
export interface RowView {
  id: number;
  rev: number;
  state: string;
  line: number;
  since: string;
  locked: boolean;
  channel: string;
  customer: number | null;
  customer_name: string;
  holder: number | null;
  holder_name: string;
  preferred: number | null;
  preview: string;
  last_author: string;
  last_at: string | null;
  awaiting_since: string | null;
  unread: number;
  snoozed_until: string | null;
  closed_at: string | null;
  tags: Array<number>;
  idle: boolean;
  turn: TurnView | null;
}

/** Why a waiting conversation stands where it stands in its line; routing fills it in. ``raised`` and ``kept_reason`` are codes, empty when nothing raised it and nobody is waited for. While ``offered_to`` is set somebody is being asked to take it until ``offered_until``. Within a line the order is: ``rank`` downwards, ``due_at`` (none last), ``waiting_since``, ``entry``. */
export interface TurnView {
  entry: number;
  rank: number;
  reason: string;
  waiting_since: string;
  category: string;
  colour: string;
  raised: string;
  due_at: string | null;
  kept_for: number | null;
  kept_for_name: string;
  kept_reason: string;
  kept_until: string | null;
  offered_to: number | null;
  offered_to_name: string;
  offered_until: string | null;
}

/** A conversation that the operator is asked to take until a moment; ``sender_name``: who hands it to him. Without the right to read it its row is locked: no name, no words, but its turn. ``comment``: what the sender says to him with it, which is his to read while he is asked. */
export interface OfferView {
  row: RowView;
  since: string;
  until: string;
  line: number;
  sender_name: string;
  comment: string;
}

/** What stands beside an operator's state. ``cause``: sent (``sent_by`` says by whom), silent, missed, gone, shift_over, or empty when he chose it himself. ``away_at``: he will be set away then, unless he shows himself. ``missed`` offers of ``missed_limit`` (0: not counted). ``shift_told_at``: from then on he is told that his shift ends; after ``offers_until`` nothing new is offered to him. */
export interface PresenceNotes {
  cause: string;
  sent_by: string;
  away_at: string | null;
  missed: number;
  missed_limit: number;
  shift_told_at: string | null;
  shift_ends_at: string | null;
  offers_until: string | null;
}

/** The operator himself. */
export interface MeView {
  id: number;
  name: string;
  language: string;
  time_zone: string;
  operator: boolean;
  state: string;
  reason: number | null;
  since: string | null;
  capacity: number;
  load: number;
  wrap_up_until: string | null;
  notes: PresenceNotes;
  offers: Array<OfferView>;
  rights: Array<string>;
  lines: Array<number>;
  pulls: Array<number>;
}

/** How many conversations of a line are in each state. ``number`` is the line's topic number they include. A line of which one reads only some channels (``partial``) may come twice: what may be read, and the padlocks. */
export interface LineCounts {
  line: number;
  number: number;
  readable: boolean;
  partial: boolean;
  counts: Record<string, number>;
}

/** A reason for a break, or for not taking what is offered; ``minutes``: how long such a break takes. */
export interface ReasonView {
  id: number;
  name: string;
  minutes: number | null;
}

/** A line as the workspace lists it. */
export interface LineView {
  id: number;
  name: string;
  priority: number;
  common: boolean;
  mine: boolean;
  open: boolean;
  active: boolean;
  outside: boolean;
}

/** A tag that may be put on conversations. */
export interface TagView {
  id: number;
  name: string;
  colour: string;
  active: boolean;
}

/** A reply template the operator may use; {placeholders} are filled on the screen. */
export interface TemplateView {
  id: number;
  shortcut: string;
  title: string;
  text: string;
  language: string;
  folder: string;
  line: number | null;
  personal: boolean;
}

/** The bank's look; ``logo`` is the number of a public picture. */
export interface BrandView {
  name: string;
  colour: string;
  logo: string | null;
}

/** An operator as colleagues see him. */
export interface ColleagueView {
  id: number;
  name: string;
  title: string;
  avatar: string | null;
  state: string;
  reason: string;
  since: string | null;
  load: number;
  capacity: number;
  skills: Array<string>;
  lines: Array<number>;
}

/** A decision: when, what, and what was looked at. */
export interface StepView {
  at: string;
  title: string;
  told: Array<ToldView>;
}

/** One sentence of a decision; ``mark`` is yes, no or empty, ``level`` how deep it stands under the one before. */
export interface ToldView {
  text: string;
  mark: string;
  level: number;
}

/** A bot, with the seconds it has to answer each time. */
export interface BotView {
  id: number;
  name: string;
  seconds: number;
}

/** What this operator had typed. */
export interface DraftView {
  text: string;
  note: boolean;
}

/** An address of the customer. */
export interface IdentityView {
  id: number;
  channel: string;
  kind: string;
  name: string;
  verification: string;
  current: boolean;
}

/** What only those with the right to personal data are shown. */
export interface PersonalView {
  bank_id: string;
  phone: string;
  email: string;
  attributes: Record<string, unknown>;
  surroundings: SurroundingsView | null;
}

/** Where the customer is now, for channels of our own. */
export interface SurroundingsView {
  page_url: string;
  page_title: string;
  browser: string;
  time_zone: string;
  language: string;
  address: string;
  seen_at: unknown;
}

/** A conversation of the same customer; locked ones show date and line only. */
export interface PastView {
  id: number;
  line: number;
  state: string;
  opened_at: unknown;
  closed_at: unknown;
  locked: boolean;
  preview: string;
  channel: string;
  holder_name: string;
  score: number | null;
}

/** A conversation that was found, with the message that has the words. */
export interface SearchHit {
  row: RowView;
  message: number | null;
  seq: number | null;
  snippet: string;
}

/** The first frame. ``key`` is the channel's public key; without a ``token`` a new visitor begins. A token that is not valid, or not any more, closes the socket with 4001: drop it and say hello without one. The welcome brings the state; what the client already has it recognises by id and rev. ``again``: this client was welcomed on this page before and only comes back. */
export interface HelloFrame {
  type: "hello";
  ref?: number | null;
  key: string;
  token?: string | null;
  protocol?: "1";
  language?: string;
  time_zone?: string;
  page_url?: string;
  page_title?: string;
  again?: boolean;
}

/** The bank's page vouches for its customer with a short signed JWT (docs/identify.md). */
export interface IdentifyFrame {
  type: "identify";
  ref?: number | null;
  jwt: string;
}

/** The customer left the bank's page: this visitor ends, the next hello begins a fresh one. */
export interface LogoutFrame {
  type: "logout";
  ref?: number | null;
}

/** The customer went to another page of the site. */
export interface PageFrame {
  type: "page";
  ref?: number | null;
  url: string;
  title?: string;
}

/** The page or the app says what the customer did there: a code such as ``form_opened``. A claim, not the bank's word. Before he has written the socket keeps the first twenty and writes them down with his first message. */
export interface ActFrame {
  type: "act";
  ref?: number | null;
  code: string;
}

/** A message. ``conversation`` is the one on the screen; ``new_topic`` begins another beside it. */
export interface CustomerSendFrame {
  type: "send";
  ref?: number | null;
  client_id: string;
  text?: string;
  files?: Array<string>;
  conversation?: number | null;
  reply_to?: number | null;
  new_topic?: boolean;
  department?: number | null;
  form?: FormAnswers | null;
}

/** Change the words of an own message within the time the channel allows. */
export interface EditFrame {
  type: "edit";
  ref?: number | null;
  message: number;
  text: string;
}

/** Take an own message back within the time the channel allows. */
export interface DeleteFrame {
  type: "delete";
  ref?: number | null;
  message: number;
}

/** Everything up to ``seq`` was on the screen. */
export interface ReadFrame {
  type: "read";
  ref?: number | null;
  conversation: number;
  seq: number;
}

/** Everything up to ``seq`` has arrived on the customer's device. */
export interface DeliveredFrame {
  type: "delivered";
  ref?: number | null;
  conversation: number;
  seq: number;
}

/** Somebody is writing; send at most every two seconds. */
export interface TypingNowFrame {
  type: "typing";
  ref?: number | null;
  conversation: number;
}

/** Fetch what changed after a rev: the answer to a gap. */
export interface CatchUpFrame {
  type: "catch_up";
  ref?: number | null;
  conversation: number;
  after_rev: number;
}

/** An older page of the customer's story. */
export interface HistoryFrame {
  type: "history";
  ref?: number | null;
  before?: Cursor | null;
}

/** Look for words in the own history (customer) or in what one may read (operator). */
export interface SearchFrame {
  type: "search";
  ref?: number | null;
  text: string;
}

/** The customer's mark of a closed conversation. */
export interface RateFrame {
  type: "rate";
  ref?: number | null;
  conversation: number;
  score: number;
  comment?: string;
}

/** The customer wants answers there by letter when he is not in the chat; empty takes the address back. He agrees by sending it: say where it goes before. Answered by letters. Refusals: wrong_email, rate_limited. */
export interface LeaveEmailFrame {
  type: "leave_email";
  ref?: number | null;
  email: string;
}

/** The conversation is over, says the customer or the operator. */
export interface CloseFrame {
  type: "close";
  ref?: number | null;
  conversation: number;
}

/** Leave a contact: out of hours with a question, or instead of waiting in ``conversation``; answered by done. A repeat under the same client id is the same request. Refusals: not_offered, already_answered, and what is wrong with a field: phone_missing, wrong_phone, wrong_email, contact_missing, question_missing. */
export interface LeaveContactFrame {
  type: "leave_contact";
  ref?: number | null;
  client_id: string;
  wanted: "answer" | "callback";
  conversation?: number | null;
  department?: number | null;
  name?: string;
  phone?: string;
  email?: string;
  question?: string;
  preferred?: string;
}

/** Go on in a messenger instead of waiting in the chat; answered by continue_link. Refusals: not_offered, already_answered, not_found, rate_limited. */
export interface ContinueFrame {
  type: "continue_in";
  ref?: number | null;
  conversation: number;
  channel: number;
}

/** Keeps the line alive; answered by pong. */
export interface PingFrame {
  type: "ping";
  ref?: number | null;
}

/** A message is new or changed: replace it by id. ``rev`` is the conversation's number after the change. */
export interface MessageFrame {
  type: "message";
  ref?: number | null;
  conversation: number;
  rev: number;
  message: MessageView;
}

/** The conversation's number rose by something that is not shown here. */
export interface RevFrame {
  type: "rev";
  ref?: number | null;
  conversation: number;
  rev: number;
}

/** How far each side has received and read. */
export interface MarksFrame {
  type: "marks";
  ref?: number | null;
  conversation: number;
  rev: number;
  customer_delivered_seq: number;
  customer_read_seq: number;
  staff_read_seq: number;
}

/** The customer's conversation changed: state, line, holder, rating. */
export interface ConversationFrame {
  type: "conversation";
  ref?: number | null;
  conversation: ConversationView;
}

/** The place, the time of waiting or the offers changed for a customer who waits. */
export interface WaitingFrame {
  type: "waiting";
  ref?: number | null;
  waiting: WaitingView;
}

/** Somebody is writing. Not stored; forget it after five seconds. */
export interface TypingFrame {
  type: "typing";
  ref?: number | null;
  conversation: number;
  author: AuthorView;
}

/** The server lost track of what this socket has seen: fetch the state again. */
export interface ResyncFrame {
  type: "resync";
  ref?: number | null;
}

/** The request ``ref`` was refused; nothing changed. ``text`` is in the reader's language. */
export interface ErrorFrame {
  type: "error";
  ref?: number | null;
  code: string;
  text: string;
  client_id: string | null;
}

/** The request ``ref`` was carried out and has no other answer. */
export interface DoneFrame {
  type: "done";
  ref?: number | null;
}

/** Answer to the customer's hello: look, hours, the current conversation and the newest page of the story. ``token`` is set for a new visitor only: keep it. ``more`` is the cursor of the page before. ``asks_contact``: a contact and the question are taken instead of a chat now (``leave_contact``); of several departments the first that is open says so until one is chosen, and each for itself. ``notice``: we close soon. ``letters``: where answers go when he has left. */
export interface WelcomeAnswer {
  type: "welcome";
  ref?: number | null;
  token: string | null;
  who: WhoView;
  look: LookView;
  open: boolean;
  opens_at: string | null;
  asks_contact: boolean;
  notice: string;
  waiting: WaitingView | null;
  departments: Array<DepartmentView>;
  form: FormView;
  limits: LimitsView;
  asks_rating: boolean;
  letters: LettersView;
  current: number | null;
  conversations: Array<ConversationView>;
  messages: Array<MessageView>;
  more: Cursor | null;
  now: string;
}

/** The bank's customer is known. ``token`` replaces the old one; fetch the state with a new hello. ``fresh``: another person was known here before, whose token is dead now. Forget what you keep of him, drafts and unsent messages too. */
export interface SignedInAnswer {
  type: "signed_in";
  ref?: number | null;
  token: string;
  name: string;
  fresh: boolean;
}

/** The message is stored under this number; a repeat of the same client id gets the same answer. ``without_quote``: the quoted message is of a conversation that is over; the message was stored without the quote. */
export interface AckFrame {
  type: "ack";
  ref?: number | null;
  client_id: string;
  conversation: number;
  message: number;
  seq: number;
  rev: number;
  at: unknown;
  without_quote: boolean;
}

/** The conversation now, and the messages that are new or changed since the asked rev. The messages are whole up to the rev ``upto``; with ``more`` the rest is asked for from there. */
export interface CustomerCatchUpAnswer {
  type: "catch_up";
  ref?: number | null;
  conversation: ConversationView;
  messages: Array<MessageView>;
  upto: number;
  more: boolean;
}

/** A page in reading order; ``more`` is the cursor of the page before it, if there is one. */
export interface HistoryAnswer {
  type: "history";
  ref?: number | null;
  conversations: Array<ConversationView>;
  messages: Array<MessageView>;
  more: Cursor | null;
}

/** Messages with the words: of 2,000 hits at most, the newest first. */
export interface FoundAnswer {
  type: "found";
  ref?: number | null;
  messages: Array<MessageView>;
}

/** Where answers go by letter from now on. */
export interface LettersAnswer {
  type: "letters";
  ref?: number | null;
  letters: LettersView;
}

/** The address to open, by which the conversation goes on there: once, and for so many ``seconds``. */
export interface ContinueLinkAnswer {
  type: "continue_link";
  ref?: number | null;
  url: string;
  seconds: number;
}

/** Answer to ping. */
export interface PongFrame {
  type: "pong";
  ref?: number | null;
}

/** The first frame: a one-time ticket from POST /workspace/ticket/. */
export interface OperatorHelloFrame {
  type: "hello";
  ref?: number | null;
  ticket: string;
  protocol?: "1";
}

/** Come to work, go on a break (with the reason's id), or leave. */
export interface PresenceFrame {
  type: "presence";
  ref?: number | null;
  state: string;
  reason?: number | null;
}

/** The operator is there: he typed or pointed. Sent at most once a minute, and at once while he is warned. */
export interface ActiveFrame {
  type: "active";
  ref?: number | null;
}

/** Ask for what rarely changes: lines, tags, templates, reasons, the bank's look. */
export interface CatalogueFrame {
  type: "catalogue";
  ref?: number | null;
}

/** Counters of every line one may see. */
export interface CountsFrame {
  type: "counts";
  ref?: number | null;
}

/** A page of a section. ``after`` is the ``next`` of the page before; ``line`` narrows to one line. What waits comes in the order in which it is served. */
export interface ListFrame {
  type: "list";
  ref?: number | null;
  section: "waiting" | "mine" | "offline" | "common" | "other" | "recent" | "foreign";
  line?: number | null;
  after?: Array<unknown> | null;
}

/** Rows by their numbers, for those a delta named and the screen does not know. */
export interface RowsFrame {
  type: "rows";
  ref?: number | null;
  ids: Array<number>;
}

/** Who works here, with load and skills: for a transfer. */
export interface ColleaguesFrame {
  type: "colleagues";
  ref?: number | null;
}

/** Take a waiting conversation. */
export interface AcceptFrame {
  type: "accept";
  ref?: number | null;
  conversation: number;
}

/** Answer a waiting conversation: it becomes the operator's and the message is stored, both or neither. */
export interface AnswerFrame {
  type: "answer";
  ref?: number | null;
  client_id: string;
  conversation: number;
  text?: string;
  files?: Array<string>;
  reply_to?: number | null;
}

/** Take the conversation whose turn it is, in the lines from which one takes oneself. */
export interface TakeNextFrame {
  type: "take_next";
  ref?: number | null;
}

/** Not take what is offered. ``reason`` is needed where reasons to decline are set up. */
export interface DeclineFrame {
  type: "decline";
  ref?: number | null;
  conversation: number;
  reason?: number | null;
}

/** The operator himself once more: rules that were published may have changed what he may do. */
export interface MeFrame {
  type: "me";
  ref?: number | null;
}

/** After-work is done before its time is over. */
export interface ReadyFrame {
  type: "ready";
  ref?: number | null;
}

/** Why a conversation is where it is: every decision about it. */
export interface WhyFrame {
  type: "why";
  ref?: number | null;
  conversation: number;
}

/** Take a conversation from the colleague who holds it. */
export interface TakeOverFrame {
  type: "take_over";
  ref?: number | null;
  conversation: number;
}

/** Send a conversation to a line, ask a colleague to take it, or hand it to a bot; refused or missed it comes back. The comment is a note, or with ``shown`` words that the customer reads; they answer nothing of what he asked. */
export interface TransferFrame {
  type: "transfer";
  ref?: number | null;
  conversation: number;
  line?: number | null;
  operator?: number | null;
  bot?: number | null;
  comment?: string;
  shown?: boolean;
}

/** Ask for the bots to which a conversation may be handed now. */
export interface BotsFrame {
  type: "bots";
  ref?: number | null;
  conversation: number;
}

/** Give a conversation back to its line. */
export interface ReturnFrame {
  type: "return";
  ref?: number | null;
  conversation: number;
  comment?: string;
}

/** Put a conversation aside until a moment; without one, until the customer writes. */
export interface SnoozeFrame {
  type: "snooze";
  ref?: number | null;
  conversation: number;
  until?: string | null;
}

/** Show a conversation: the answer brings its newest messages, and changes follow as frames. */
export interface OpenFrame {
  type: "open";
  ref?: number | null;
  conversation: number;
}

/** The conversation is not on the screen any more. */
export interface LeaveFrame {
  type: "leave";
  ref?: number | null;
  conversation: number;
}

/** An older page of an open conversation. */
export interface OlderFrame {
  type: "older";
  ref?: number | null;
  conversation: number;
  before: number;
}

/** An answer to the customer, or a note for colleagues. */
export interface OperatorSendFrame {
  type: "send";
  ref?: number | null;
  client_id: string;
  conversation: number;
  text?: string;
  files?: Array<string>;
  reply_to?: number | null;
  note?: boolean;
}

/** A member of staff is writing; send at most every two seconds. Of a ``note`` only colleagues are told. */
export interface StaffTypingFrame {
  type: "typing";
  ref?: number | null;
  conversation: number;
  note?: boolean;
}

/** Send a failed or perhaps unsent message again; ``delivery`` is its ``delivery_id``. It goes out at the end. */
export interface RetryFrame {
  type: "retry";
  ref?: number | null;
  delivery: number;
}

/** Send a letter again that did not leave, or perhaps not; ``letter`` stands in the line that says so. Refusals: not_yours, not_failed, came_back (the customer reads it in the chat). */
export interface ResendLetterFrame {
  type: "resend_letter";
  ref?: number | null;
  letter: number;
}

/** Keep what is typed; an empty text forgets it. */
export interface DraftFrame {
  type: "draft";
  ref?: number | null;
  conversation: number;
  text: string;
  note?: boolean;
}

/** Make these the conversation's tags. */
export interface TagFrame {
  type: "tag";
  ref?: number | null;
  conversation: number;
  tags: Array<number>;
}

/** Everything about the conversation's customer. */
export interface CardFrame {
  type: "card";
  ref?: number | null;
  conversation: number;
}

/** The operator's open conversation changed: state, line, holder, tags. */
export interface RowFrame {
  type: "row";
  ref?: number | null;
  row: RowView;
}

/** A part of the row of a conversation that one holds in a line one does not watch: join it by id. */
export interface HeldFrame {
  type: "held";
  ref?: number | null;
  row: Record<string, unknown>;
}

/** Changes of a line, collected for a fifth of a second. Rows are whole or in part: join them by id. ``first`` and ``last`` number the deltas inside; a gap to the last one seen means: ask for list and counts again. Readable rows and padlocks of a line are numbered each by themselves. */
export interface LineFrame {
  type: "line";
  ref?: number | null;
  line: number;
  readable: boolean;
  first: number;
  last: number;
  rows: Array<Record<string, unknown>>;
  counts: Record<string, number> | null;
}

/** The operator is asked to take a conversation. */
export interface OfferFrame {
  type: "offer";
  ref?: number | null;
  offer: OfferView;
}

/** An offer is over without him: declined, missed (timed_out) or withdrawn. */
export interface OfferEndedFrame {
  type: "offer_ended";
  ref?: number | null;
  conversation: number;
  reason: string;
}

/** A policy wants the operator to know: the time promised in a conversation is nearly up, or has passed. */
export interface PromiseNoticeFrame {
  type: "promise_notice";
  ref?: number | null;
  conversation: number;
  line: number;
  promised: string;
  broken: boolean;
}

/** To its sender: a colleague did not take the conversation, or a bot gave it back. ``returned``: he has it again, else its line has. */
export interface HandingFailedFrame {
  type: "handing_failed";
  ref?: number | null;
  conversation: number;
  name: string;
  missed: boolean;
  returned: boolean;
}

/** How much of his capacity the operator has reserved now, in units; offers count, silent conversations do not. */
export interface LoadFrame {
  type: "load";
  ref?: number | null;
  load: number;
  capacity: number;
}

/** The operator's own presence changed, by himself, a colleague or the system. ``wrap_up_until``: until then nothing new is offered to him. */
export interface PresenceChangedFrame {
  type: "presence";
  ref?: number | null;
  state: string;
  reason: number | null;
  since: string;
  wrap_up_until: string | null;
  notes: PresenceNotes;
}

/** Lines, tags, templates, reasons or the bank's look changed in the admin: ask for the catalogue again. */
export interface CatalogueChangedFrame {
  type: "catalogue_changed";
  ref?: number | null;
  what: string;
}

/** Answer to the operator's hello. Lines are subscribed; counters include everything up to their numbers. ``drafts`` are the conversations in which this operator has something typed and not sent. */
export interface OperatorWelcomeAnswer {
  type: "welcome";
  ref?: number | null;
  me: MeView;
  lines: Array<LineCounts>;
  drafts: Array<number>;
  reasons: Array<ReasonView>;
  decline_reasons: Array<ReasonView>;
  now: string;
}

/** Lines by priority, tags, templates, reasons for breaks and for declining, the bank's look. */
export interface CatalogueAnswer {
  type: "catalogue";
  ref?: number | null;
  lines: Array<LineView>;
  tags: Array<TagView>;
  templates: Array<TemplateView>;
  reasons: Array<ReasonView>;
  decline_reasons: Array<ReasonView>;
  brand: BrandView;
}

/** Counters of every line one may see. */
export interface CountsAnswer {
  type: "counts";
  ref?: number | null;
  lines: Array<LineCounts>;
}

/** A page of a section; ``next`` continues it, empty at the end. */
export interface ListAnswer {
  type: "list";
  ref?: number | null;
  section: string;
  line: number | null;
  rows: Array<RowView>;
  next: Array<unknown> | null;
}

/** The rows one may see among those asked for. */
export interface RowsAnswer {
  type: "rows";
  ref?: number | null;
  rows: Array<RowView>;
}

/** Operators, those at work first. */
export interface ColleaguesAnswer {
  type: "colleagues";
  ref?: number | null;
  colleagues: Array<ColleagueView>;
}

/** The conversation after what was asked; ``row`` is empty when it is no longer the operator's to see. */
export interface HandledAnswer {
  type: "handled";
  ref?: number | null;
  conversation: number;
  row: RowView | null;
}

/** An answer is stored and its conversation is the operator's; the fields are those of an ``ack``. */
export interface AnsweredAnswer {
  type: "answered";
  ref?: number | null;
  client_id: string;
  conversation: number;
  message: number;
  seq: number;
  rev: number;
  at: string;
  without_quote: boolean;
}

/** The conversation whose turn it was; ``row`` is empty when nothing waits for this operator. */
export interface TakenAnswer {
  type: "taken";
  ref?: number | null;
  row: RowView | null;
}

/** The operator himself, with what is offered to him. */
export interface MeAnswer {
  type: "me";
  ref?: number | null;
  me: MeView;
}

/** The decisions, the oldest first, in the reader's language and as far as he may know. */
export interface WhyAnswer {
  type: "why";
  ref?: number | null;
  conversation: number;
  steps: Array<StepView>;
}

/** The bots that may be handed the conversation now, by name; most installations have none. */
export interface BotsAnswer {
  type: "bots";
  ref?: number | null;
  conversation: number;
  bots: Array<BotView>;
}

/** The conversation as it is now. ``may_answer``: this operator may write to the customer. ``rights`` are those he has over it by grant, whoever holds it: what the screen offers follows from them. */
export interface OpenedAnswer {
  type: "opened";
  ref?: number | null;
  row: RowView;
  messages: Array<MessageView>;
  more: boolean;
  may_answer: boolean;
  rights: Array<string>;
  customer_delivered_seq: number;
  customer_read_seq: number;
  staff_read_seq: number;
  text_limit: number;
  accepts_files: boolean;
  can_edit: boolean;
  customer_online: boolean;
  draft: DraftView | null;
}

/** Messages before the asked one, in reading order. */
export interface OlderAnswer {
  type: "older";
  ref?: number | null;
  conversation: number;
  messages: Array<MessageView>;
  more: boolean;
}

/** The conversation now, and the messages that are new or changed since the asked rev. The messages are whole up to the rev ``upto``; with ``more`` the rest is asked for from there. */
export interface CatchUpAnswer {
  type: "catch_up";
  ref?: number | null;
  row: RowView;
  messages: Array<MessageView>;
  upto: number;
  more: boolean;
  customer_delivered_seq: number;
  customer_read_seq: number;
  staff_read_seq: number;
}

/** The conversation's tags. */
export interface TagsAnswer {
  type: "tags";
  ref?: number | null;
  conversation: number;
  tags: Array<number>;
}

/** The customer card. ``personal`` is empty without the right to personal data. */
export interface CardAnswer {
  type: "card";
  ref?: number | null;
  conversation: number;
  customer: number;
  name: string;
  language: string;
  online: boolean;
  since: unknown;
  identities: Array<IdentityView>;
  personal: PersonalView | null;
  past: Array<PastView>;
}

/** What was found among the conversations one may read, newest first. */
export interface SearchAnswer {
  type: "search";
  ref?: number | null;
  hits: Array<SearchHit>;
}

export type CustomerSends = HelloFrame | IdentifyFrame | LogoutFrame | PageFrame | ActFrame | CustomerSendFrame | EditFrame | DeleteFrame | ReadFrame | DeliveredFrame | TypingNowFrame | CatchUpFrame | HistoryFrame | SearchFrame | RateFrame | LeaveEmailFrame | CloseFrame | LeaveContactFrame | ContinueFrame | PingFrame;

export type CustomerReceives = MessageFrame | RevFrame | MarksFrame | ConversationFrame | WaitingFrame | TypingFrame | ResyncFrame | ErrorFrame | DoneFrame | WelcomeAnswer | SignedInAnswer | AckFrame | CustomerCatchUpAnswer | HistoryAnswer | FoundAnswer | LettersAnswer | ContinueLinkAnswer | PongFrame;

export type OperatorSends = OperatorHelloFrame | PresenceFrame | ActiveFrame | CatalogueFrame | CountsFrame | ListFrame | RowsFrame | ColleaguesFrame | AcceptFrame | AnswerFrame | TakeNextFrame | DeclineFrame | MeFrame | ReadyFrame | WhyFrame | TakeOverFrame | TransferFrame | BotsFrame | ReturnFrame | SnoozeFrame | CloseFrame | OpenFrame | LeaveFrame | OlderFrame | CatchUpFrame | OperatorSendFrame | EditFrame | DeleteFrame | ReadFrame | StaffTypingFrame | RetryFrame | ResendLetterFrame | DraftFrame | TagFrame | CardFrame | SearchFrame | PingFrame;

export type OperatorReceives = MessageFrame | MarksFrame | RowFrame | HeldFrame | LineFrame | OfferFrame | OfferEndedFrame | PromiseNoticeFrame | HandingFailedFrame | LoadFrame | TypingFrame | PresenceChangedFrame | CatalogueChangedFrame | ResyncFrame | ErrorFrame | DoneFrame | OperatorWelcomeAnswer | CatalogueAnswer | CountsAnswer | ListAnswer | RowsAnswer | ColleaguesAnswer | HandledAnswer | AnsweredAnswer | TakenAnswer | MeAnswer | WhyAnswer | BotsAnswer | OpenedAnswer | OlderAnswer | CatchUpAnswer | AckFrame | TagsAnswer | CardAnswer | SearchAnswer | PongFrame;
