/*
 * Part of Picot, licensed under the Apache License, Version 2.0; see the file LICENSE.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.picot.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One thread at a time; racing pairs are stress tests. */
class InboxTest {
  private final Inbox inbox = new Inbox();

  private static LoopTask task() {
    return new ControlTask("test", loop -> {});
  }

  private static List<LoopTask> chain(@Nullable LoopTask first) {
    List<LoopTask> all = new ArrayList<>();
    for (LoopTask task = first; task != null; task = task.next) {
      all.add(task);
    }
    return all;
  }

  @Test
  void isEmptyAtFirst() {
    assertThat(inbox.isEmpty()).isTrue();
    assertThat(inbox.takeAll()).isNull();
    assertThat(inbox.peek()).isNull();
  }

  @Test
  void givesTheTasksInTheOrderOfTheirPushes() {
    LoopTask one = task();
    LoopTask two = task();
    LoopTask three = task();
    inbox.push(one);
    inbox.push(two);
    inbox.push(three);

    assertThat(chain(inbox.takeAll())).containsExactly(one, two, three);
    assertThat(inbox.isEmpty()).isTrue();
  }

  @Test
  void keepsTheOrderOfManyTasks() {
    List<LoopTask> pushed = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      LoopTask task = task();
      pushed.add(task);
      inbox.push(task);
    }

    assertThat(chain(inbox.takeAll())).isEqualTo(pushed);
  }

  @Test
  void takesEachTaskOnce() {
    inbox.push(task());
    inbox.takeAll();

    assertThat(inbox.takeAll()).isNull();
  }

  @Test
  void close_givesWhatIsLeft_inOrder_andRefusesTheRest() {
    LoopTask one = task();
    LoopTask two = task();
    inbox.push(one);
    inbox.push(two);

    assertThat(chain(inbox.close())).containsExactly(one, two);

    assertThat(inbox.push(task())).isEqualTo(Inbox.Pushed.REFUSED);
    assertThat(inbox.isClosed()).isTrue();
  }

  @Test
  void close_ofAnEmptyInbox_givesNothing() {
    assertThat(inbox.close()).isNull();

    assertThat(inbox.isClosed()).isTrue();
  }

  @Test
  void aTaskMayBePushedAgain() {
    LoopTask task = task();
    inbox.push(task);
    inbox.takeAll();

    assertThat(inbox.push(task)).isEqualTo(Inbox.Pushed.QUEUED);
    assertThat(chain(inbox.takeAll())).containsExactly(task);
  }

  @Test
  void push_whileTheOwnerIsAwake_wakesNobody() {
    assertThat(inbox.push(task())).isEqualTo(Inbox.Pushed.QUEUED);
    assertThat(inbox.push(task())).isEqualTo(Inbox.Pushed.QUEUED);
  }

  @Test
  void tryPark_ofAnEmptyInbox_parks() {
    assertThat(inbox.tryPark()).isTrue();
    assertThat(inbox.isParked()).isTrue();
    assertThat(inbox.isEmpty()).isTrue();
    assertThat(inbox.peek()).isNull();
  }

  @Test
  void tryPark_withSomethingToDo_isRefused() {
    inbox.push(task());

    assertThat(inbox.tryPark()).isFalse();
    assertThat(inbox.isParked()).isFalse();
  }

  @Test
  void theFirstPushAfterParking_wakesTheOwner_andNoOtherDoes() {
    inbox.tryPark();

    assertThat(inbox.push(task())).isEqualTo(Inbox.Pushed.QUEUED_AND_OWNER_SLEEPS);
    assertThat(inbox.push(task())).isEqualTo(Inbox.Pushed.QUEUED);
    assertThat(chain(inbox.takeAll())).hasSize(2);
  }

  @Test
  void takeAll_endsParking() {
    inbox.tryPark();

    assertThat(inbox.takeAll()).isNull();
    assertThat(inbox.isParked()).isFalse();
    assertThat(inbox.push(task())).isEqualTo(Inbox.Pushed.QUEUED);
  }

  @Test
  void tryClose_ofAnEmptyInbox_closes() {
    assertThat(inbox.tryClose()).isTrue();
    assertThat(inbox.isClosed()).isTrue();
    assertThat(inbox.isEmpty()).isTrue();
    assertThat(inbox.peek()).isNull();
  }

  @Test
  void tryClose_withSomethingToDo_isRefused() {
    LoopTask task = task();
    inbox.push(task);

    assertThat(inbox.tryClose()).isFalse();
    assertThat(chain(inbox.takeAll())).containsExactly(task);
  }

  @Test
  void tryClose_whileParked_isRefused() {
    inbox.tryPark();

    assertThat(inbox.tryClose()).isFalse();
  }

  @Test
  void push_afterClosing_isRefused() {
    inbox.tryClose();

    assertThat(inbox.push(task())).isEqualTo(Inbox.Pushed.REFUSED);
    assertThat(inbox.tryPark()).isFalse();
    assertThat(inbox.isClosed()).isTrue();
  }

  @Test
  void peek_showsTheNewest_andTakesNothing() {
    LoopTask older = task();
    LoopTask newest = task();
    inbox.push(older);
    inbox.push(newest);

    assertThat(chain(inbox.peek())).containsExactly(newest, older);
    assertThat(chain(inbox.takeAll())).containsExactly(older, newest);
  }
}
