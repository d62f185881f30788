//! Scripts of the document: settings before the first paint, input before hydration, the report of a broken page, and the start of the
//! wasm.

use leptos::prelude::*;
use protocol::words::limits::CONTENT_UNITS_MAX;

use crate::i18n::{ServerTexts, Texts, t_string};
use crate::page_files::{PageFiles, page_files};

/// Symbols of the messenger page.
pub const SPRITE: &str = include_str!("../../style/art/sprite.svg");

/// Applies the stored settings before the first paint (`session::SETTINGS_KEY`). The server may not know them, because the service worker
/// shows a page without a session. Until a person chooses, contrast, darkness and motion follow the system. A page that was locked stays
/// hidden (`session::screen_lock`), and so do first steps that were closed on this device, until the page has read the list of its person
/// (`session::arrangement`). A conversation that opens with the page has its place from the first paint on, and nothing else is shown there
/// (`session::tabs`): the address names it, or this device stores that somebody left one open.
pub const BOOTSTRAP: &str = "\
(d=>{let k={},m=q=>matchMedia(`(prefers-${q})`).matches;if(/[?&]room=/.test(location.search))d.dataset.opens='pane';\
try{let s=localStorage;if(s['cfm-locked'])d.dataset.locked='';\
for(let l in s){if(/^cfm-list-/.test(l)&&/\"closedSteps\":true/.test(s[l]))d.dataset.steps='closed';if(/^cfm-opens-/.test(l))d.dataset.opens??=s[l]}\
k=JSON.parse(s['cfm-settings'])||k}catch{}\
d.dataset.theme=k.theme||d.dataset.theme||(m('contrast: more')?'contrast':m('color-scheme: dark')?'modern-dark':'azure');\
d.dataset.motion=k.motion||d.dataset.motion||(m('reduced-motion: reduce')?'calm':'full');\
if(k=k.text_percent||d.dataset.text)d.style.fontSize=k+'%'\
})(document.documentElement)";

/// Corrects the address, because the service worker shows the messenger page at any address.
pub const RIGHT_ADDRESS: &str = "if(!location.pathname.startsWith('/app'))history.replaceState(null,'','/app')";

/// Sets the height of the page to the visible part if the keyboard covers it instead of shrinking it (iOS, `ux.md` 4.6). A zoom shows less
/// of the page, whose height stays.
pub const KEYBOARD: &str = "\
(v=>{let s=document.documentElement.style,f=()=>{if(v.scale<1.01){s.setProperty('--view-h',v.height+'px');\
s.setProperty('--view-y',v.offsetTop+'px')}};if(v)v.onresize=v.onscroll=f})(window.visualViewport)";

/// Stores presses and typed text from before hydration, which takes seconds on a slow line. The text of each field, the focused field and
/// the last pressed button wait until the page calls `awake` (`browser::device`). If the page was rendered again, the new elements get them
/// by kind and position. A finger that holds something presses nothing. The fields of [`OPENING`] have their own way. Submit buttons work
/// without the script. If a tab reloads a broken page ([`TRAP`]), the texts are restored once, for the same person; secrets are not stored.
const EARLY: &str = "\
(()=>{let b,h,u,y,d,m={},held=e=>e.pointerType=='touch'&&e.timeStamp-d>500,w=e=>[e.tagName,e.id,e.className,e.ariaLabel].join(),\
l=k=>[...document.querySelectorAll('button,input,textarea')].filter(e=>w(e)==k),\
q=e=>{let k=w(e),r=[k,l(k).indexOf(e),e.value];r.e=e;u=o();return r},n=r=>r.e?.isConnected?r.e:l(r[0])[r[1]],\
x=e=>/^(text|search|email|textarea)$/.test(e.type)&&!e.closest('.early'),o=()=>document.querySelector('[name=pageOf]')?.value,\
g=a=>{if(y&&y[2]==a){for(let r of y[0])m[r[0]+r[1]]??=r;h??=y[1]}y=0},\
c={click:e=>held(e)||(b=(e=e.target.closest('button:not([type=submit])'))&&q(e)),\
input:({target:e})=>{if(x(e)){let r=q(e);m[r[0]+r[1]]=r}},focusin:({target:e})=>h=x(e)&&q(e)};\
for(let e in c)addEventListener(e,c[e],true);\
try{let s=sessionStorage,t=s['cfm-typed'];delete s['cfm-typed'];\
y=performance.getEntriesByType('navigation')[0].type=='reload'&&JSON.parse(t)}catch{}\
addEventListener('pointerdown',e=>d=e.timeStamp,true);awake=()=>{for(let e in c)removeEventListener(e,c[e],true);g(o());\
let a=Object.values(m).map(r=>[n(r),r[2]]),i=h&&!h.e?.isConnected&&n(h);\
for(let[e,v]of a)if(e){e.value=v;e.dispatchEvent(new Event('input',{bubbles:true}))}\
i&&i.focus();b&&n(b)?.click();m=b=h=0};\
awake.held=held;awake.typed=()=>{g(u??=y?.[2]);return JSON.stringify([Object.values(m),h||0,u])}})()";

/// Shows the name and a text field of a conversation that is pressed before hydration, or in the 5 s after it, while the page reads what it
/// has stored ([`early`]). The pane lies beside the body, whose nodes stay as the server sent them. What was written goes into the composer of
/// the same room and person as soon as that is there, and is sent if it was sent here: the script opens each room in which something was.
/// A text that may be a command waits for the composer. An empty pane goes away with the back button, with Escape, with a press of another
/// row, and when the 5 s are over, because a room that has become closed has no composer. Where a conversation would cover the list, the one
/// that the address names is opened as if it were pressed, before anybody reads the list. The back button then leads to the list for good.
/// As soon as the document tells its person, a place that [`BOOTSTRAP`] keeps for somebody else of this browser is given up.
const OPENING: &str = "\
(()=>{let pane,plain,home,back,ends,w=awake,panes=new Map,root=document.documentElement,$=(s,e=document)=>e.querySelector(s),\
write=(e,v)=>{e.value=v;e.dispatchEvent(new Event('input',{bubbles:true}))},is=p=>p.field.value||p.form.said[0];\
try{plain=/\"hasPlainEnter\":true/.test(localStorage['cfm-settings'])}catch{}\
const of=()=>new URLSearchParams(location.search).get('room'),close=()=>{if(pane){pane.remove();is(pane)||panes.delete(pane.room)}pane=0};\
const send=({form,field})=>{let v=field.value.trim();if(v&&v[0]!='/'){form.said.push(v);\
let log=$('.log',form.parentElement),[p,i]=['p','i'].map(tag=>document.createElement(tag));\
i.textContent=log.dataset.queued;p.append(v,' ',i);log.append(p);write(field,'')}};\
const fresh=(row,room)=>{let pane=$('#early').content.firstElementChild.cloneNode(true),form=$('form',pane),field=$('textarea',pane),\
name=$('.row-name',row).textContent;form.said=[];Object.assign(form.dataset,{room,of:$('[name=pageOf]')?.value||''});\
Object.assign(pane,{room,form,field,ariaLabel:name});panes.set(room,pane);$('.log',pane).ariaLabel=$('.to-name',pane).textContent=name;\
form.onsubmit=e=>{e.preventDefault();send(pane);field.focus()};let leave=()=>{close();\
of()&&history.replaceState(history.state,'','/app')};$('.back',pane).onclick=()=>{leave();$('#main .back')?.click()};\
field.onkeydown=e=>{if(e.isComposing||e.keyCode==229)return;if(e.key=='Escape'){leave();$('.cover',row).focus()}\
if(e.key=='Enter'&&!e.shiftKey&&!e.altKey&&(e.ctrlKey||e.metaKey)==!!plain){e.preventDefault();send(pane)}};return pane};\
const open=(row,room)=>{close();pane=panes.get(room)||fresh(row,room);let {width,height,left,top}=$('#main')?.getBoundingClientRect()||{};\
if(width)Object.assign(pane.style,{left:left+'px',right:'auto',top:top+'px',width:width+'px',\
height:`min(${height}px,calc(var(--view-h,100dvh) - ${top}px))`});\
root.append(pane);matchMedia('(pointer:coarse)').matches||pane.field.focus()};\
const press=t=>{if(w.held(t))return;let row=t.target.closest?.('.cover')?.parentElement,room=row?.dataset.room;\
if(room&&!back&&root.dataset.locked!==''){home=room;ends||room==$('#composer')?.dataset.room?close():open(row,room)}};\
const row=to=>to?$(`[data-room=\"${CSS.escape(to)}\"]>.cover`):null,go=to=>{back=1;row(to)?.click();back=0},next=()=>[...panes.values()].find(p=>p.form.said[0])?.room;\
const move=()=>{let f=$('#composer'),p=f&&panes.get(f.dataset.room);if(!p||f.closest('[inert]')||f.dataset.of!=p.form.dataset.of)return;\
let e=$('.editor',f),draft=e.value,v=p.field.value,{said}=p.form,at=document.activeElement;\
panes.delete(p.room);for(let v of said){write(e,v);f.requestSubmit()}\
if(v||said[0])write(e,[draft,v].filter(Boolean).join('\\n'));\
at==p.field?e.focus():said[0]&&at.closest('.early')&&at.focus();p.remove();if(pane==p)pane=0;go(next()||p.room!=home&&home)};\
addEventListener('click',press,true);\
document.addEventListener('readystatechange',()=>{try{let p=$('[name=pageOf]');if(p&&!of())root.dataset.opens=localStorage['cfm-opens-'+p.value]||''}catch{}\
pane||$('#main')?.offsetWidth||row(of())?.click()},{once:1});\
awake=()=>{back=1;try{w()}finally{back=0}move();go(next()||pane?.room);let o=new MutationObserver(()=>{move();end()}),end=()=>ends&&!panes.size&&(o.disconnect(),\
removeEventListener('click',press,true));o.observe(document.body,{childList:true,subtree:true});setTimeout(()=>{ends=1;pane&&!is(pane)&&close();end()},5e3)};\
awake.typed=w.typed})()";

/// Reports a page that looks alive but is broken. Causes are a trap of the wasm module, an exception of one of our calls that passed
/// through it, and a module that cannot be loaded (unless the page is being left). `frontend` reports panics. Exceptions of foreign
/// listeners during our focus moves and events have wasm on the stack too, but break nothing: they are not thrown in a file of this site.
/// A page that breaks during its start is reloaded once by the tab: then the browser renders it on an empty document (`browser::sent`).
/// Later, or without storage, the page shows the error at once (`broken`), in front of any dialog. Unsent text is stored for the next page
/// (`browser::dom::rescued`). The server gets a report without any text of people (`messenger.md` 11.1).
const TRAP: &str = "\
(()=>{let k='cfm-broke',w=awake,ask=fetch.bind(window),alive,told,left,s;try{s=sessionStorage}catch{}\
const keep=()=>{const f=document.querySelector('.early form')||document.querySelector('form.composer'),d=f?.dataset,\
v=f&&[...f.said??[],f.querySelector('textarea').value].filter(Boolean).join('\\n');\
try{if(v)s['cfm-rescued']=JSON.stringify([d.of,d.room,v,'edits'in d]);if(!alive)s['cfm-typed']=w.typed()}catch{}};\
broke=()=>{if(told)return;told=1;keep();addEventListener('pagehide',keep);\
try{ask('/api/telemetry',{method:'POST',keepalive:true,headers:{'content-type':'application/json'},\
body:JSON.stringify({event:'page_broken',phase:alive?'alive':'start'})}).catch(()=>{})}catch{}\
try{if(!alive&&!s[k]){s[k]=1;return location.reload()}}catch{}\
for(const d of document.querySelectorAll('dialog[open]'))d.close();\
document.body.prepend(document.getElementById('broken').content.cloneNode(true));\
document.querySelector('.broken button').onclick=()=>location.reload()};\
awake=()=>{alive=1;try{delete s[k]}catch{}w()};\
unloaded=e=>{console.error(e);left||broke()};\
const t=e=>self.WebAssembly&&e instanceof WebAssembly.RuntimeError;\
addEventListener('beforeunload',()=>left=1);\
addEventListener('error',e=>(t(e.error)||/[/]pkg[/]|^wasm:/.test(e.filename)&&/wasm/.test(e.error?.stack))&&broke());\
addEventListener('unhandledrejection',e=>t(e.reason)&&broke())})()";

/// Reloads the page after a build; session and open conversation stay. The messenger loads its wasm as soon as it is built, and renders on
/// an empty document, because the Worker's document is from the build before. All other pages wait for the Worker. Changed style sheets are
/// swapped, and the page keeps its state. A new sheet is loaded before the old one is replaced, so that the page never loses its style. The
/// `link` element stays, because a component may hold it. A component names its deployed sheet (`features/list/home.rs`): here it gets the
/// fresh one as well.
pub const DEV_RELOAD: &str = "\
new MutationObserver(()=>{for(const sheet of document.querySelectorAll('link[rel=stylesheet][href^=\"/pkg/\"]'))\
sheet.href=sheet.href.replace('/pkg/','/__dev/')}).observe(document,{childList:true,subtree:true});\
const events=new EventSource('/__dev/style-events'),lives=document.querySelector('link[rel=modulepreload][href^=\"/__dev/\"]');let build,newer;\
events.addEventListener(lives?'programs':'worker',e=>{build??=e.data;if(build!==e.data)location.reload()});\
if(lives)events.addEventListener('page',()=>{newer=1;location.reload()});\
addEventListener('pagehide',()=>{try{newer?sessionStorage['cfm-broke']=1:delete sessionStorage['cfm-broke']}catch{}});\
events.onmessage=()=>{\
for(const old of document.querySelectorAll('link[href*=\"/__dev/\"]')){const now=old.cloneNode();\
now.href=old.href.split('?')[0]+'?'+Date.now();now.onload=()=>{\
old.addEventListener('load',e=>{e.stopImmediatePropagation();now.remove()},{capture:true,once:true});old.href=now.href};\
old.after(now)}}";

/// Returns the script of every page with wasm: it stores early input and reports a broken page.
pub fn watching() -> String {
    format!("{EARLY};{TRAP}")
}

/// Returns the same script for the messenger, where a conversation can be pressed before hydration.
pub fn watching_messenger() -> String {
    format!("{EARLY};{OPENING};{TRAP}")
}

/// Renders what a conversation shows that is pressed before hydration, for the script [`OPENING`].
pub fn early(t: Texts) -> impl IntoView {
    view! {
        <template id="early">
            <section class="early conversation">
                <div class="toolbar"></div>
                <div class="conv">
                    <div class="history">
                        <header class="to">
                            <button class="back" type="button" aria-label=t_string!(t, conversation.back)>
                                <svg class="ic" data-size="24" aria-hidden="true">
                                    <use href="#ic-back" />
                                </svg>
                            </button>
                            <div class="to-text">
                                <span class="to-name"></span>
                            </div>
                        </header>
                        <div class="log" role="log" data-queued=t_string!(t, state.queued)></div>
                    </div>
                    <form class="composer">
                        <div class="format"></div>
                        <div class="edit">
                            <textarea
                                class="editor"
                                dir="auto"
                                rows="2"
                                maxlength=CONTENT_UNITS_MAX.to_string()
                                aria-label=t_string!(t, composer.message)
                            ></textarea>
                            <div class="send-col">
                                <button class="send" type="submit">
                                    {t_string!(t, composer.send)}
                                </button>
                            </div>
                        </div>
                    </form>
                </div>
                <div class="statusline"></div>
            </section>
        </template>
    }
}

/// Renders the texts of a broken page, for its script ([`watching`]).
pub fn broken(t: ServerTexts) -> impl IntoView {
    view! {
        <template id="broken">
            <div class="bar broken" data-kind="error" role="alert">
                <span>{t_string!(t, broken.words)}</span>
                <button class="btn" type="button">{t_string!(t, broken.reload)}</button>
            </div>
        </template>
    }
}

/// Returns the script that loads and starts the wasm.
pub fn start_script() -> String {
    let PageFiles { js, wasm, .. } = page_files();
    start_with(js, wasm)
}

/// Returns the script that loads and starts these two files. It waits twice for nothing: the requests for the next chunks leave, and a press
/// that came meanwhile is answered ([`OPENING`]), before the page is busy with the document.
pub fn start_with(js: &str, wasm: &str) -> String {
    format!(
        "try{{const m=await import('{js}');await m.default({{module_or_path:'{wasm}'}});\
        await m.request_parts();await new Promise(r=>setTimeout(r));m.hydrate()}}catch(e){{unloaded(e)}}"
    )
}

#[cfg(test)]
mod tests {
    use protocol::codec::json;

    use super::*;
    use crate::appearance::Theme;
    use crate::session::{list_key, place_key};
    use crate::store::arrangement::Arrangement;

    #[test]
    fn the_document_begins_with_the_theme_that_the_page_takes_of_the_system() {
        let asked = Theme::OF_SYSTEM.map(|(preference, theme)| format!("m('{preference}')?'{}':", theme.as_str()));
        let default = Theme::default().as_str();
        assert!(BOOTSTRAP.contains(&format!("({}'{default}')", asked.concat())));
    }

    #[test]
    fn the_document_finds_closed_steps_as_the_page_stores_them() {
        let closed = r#""closedSteps":true"#;
        let stored = json::write(&Arrangement { has_closed_steps: true, ..Arrangement::default() });
        assert!(stored.contains(closed) && BOOTSTRAP.contains(closed));
        assert!(BOOTSTRAP.contains(&format!("/^{}/", list_key(""))));
    }

    #[test]
    fn the_document_finds_what_opens_as_the_page_stores_it() {
        let key = place_key("");
        assert!(BOOTSTRAP.contains(&format!("/^{key}/")));
        assert!(OPENING.contains(&format!("localStorage['{key}'+p.value]")));
    }
}
