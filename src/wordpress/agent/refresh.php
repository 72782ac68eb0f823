<?php
// Part of the agent, see ../agent.php: the plugin's own steps of a refresh, one by one, each saved when it is judged good.

$fusebox_agent->refresh = new class( $fusebox_agent ) {
	/** Of each step the plugin's function, the list that it saves, and the settings that it saves beside it. */
	const STEPS = array(
		'objects'      => array( 'sync_objects', 'wpf_salesforce_objects', array() ),
		'segments'     => array( 'sync_tags', 'wpf_available_tags', array() ),
		'fields'       => array( 'sync_crm_fields', 'wpf_crm_fields', array( 'read_only_fields', 'required_fields' ) ),
		'record_types' => array( 'sync_record_types', 'wpf_salesforce_record_types', array() ),
	);

	/** What the connection was before the verb began. */
	private $before = null;
	private $agent;

	public function __construct( $agent ) {
		$this->agent = $agent;
	}

	/** "Refresh Available Topics & Fields". The plugin's own sync() says true whatever happened. */
	public function refresh_fields() {
		$refusal = $this->begin();
		if ( null !== $refusal ) {
			return $refusal;
		}
		$steps = array( $this->connect() );
		foreach ( array_keys( self::STEPS ) as $name ) {
			$last    = end( $steps );
			$steps[] = $this->goes_on( $steps[0], $last ) ? $this->step( $name, true ) : $this->told( $name, 'skipped', '', null, null );
		}
		$outcomes = wp_list_pluck( $steps, 'outcome' );
		$outcome  = 'done' !== $outcomes[0] ? $outcomes[0] : ( array( 'done' ) === array_values( array_unique( $outcomes ) ) ? 'done' : 'partly' );
		return $this->agent->good( array( 'outcome' => $outcome, 'steps' => $steps ) + $this->connection() );
	}

	/** After a refusal or a limit the next step would only meet it again. */
	private function goes_on( $connect, $last ) {
		return 'done' === $connect['outcome'] && ! in_array( $last['outcome'], array( 'withheld', 'refused', 'skipped' ), true ) && '' === $this->agent->gate->limit;
	}

	/** Why a verb that writes can not begin; null when it can, and then saves are held. */
	public function begin() {
		$refusal = $this->agent->site->refusal( true );
		if ( null !== $refusal ) {
			return $refusal;
		}
		if ( ! isset( wp_fusion()->settings ) || ! method_exists( wp_fusion()->settings, 'set' ) ) {
			return $this->agent->fail( 'internal', 'WP Fusion is active, and its settings were not loaded in this call.' );
		}
		$arguments    = $this->agent->request['arguments'];
		$this->before = $this->agent->site->connection( $this->agent->site->fresh() );
		$this->agent->gate->hold( isset( $arguments['may_refresh'] ) && true === $arguments['may_refresh'] );
		$this->agent->gate->judging = array( $this, 'salesforces' );
		return null;
	}

	/**
	 * The plugin takes any answer with status 200 for a success and empties its lists, and ends in a fatal error over some
	 * with 401. What is no answer of Salesforce's becomes an error before the plugin sees it.
	 */
	public function salesforces( $response, $args, $url ) {
		if ( false === strpos( $url, '/services/data/' ) ) {
			return $response;
		}
		$code = $this->agent->gate->seen['code'];
		$text = $this->agent->gate->seen['body'];
		$body = json_decode( $text, true );
		$good = $code >= 200 && $code <= 299;
		$kept = $good ? is_array( $body ) && array() !== $body : isset( $body[0]['errorCode'] );
		if ( $kept || ( ! $good && $code >= 500 ) ) {
			return $response;
		}
		return new WP_Error( 'fusebox_answer', "The instance's address answered $code with something that is not Salesforce's." );
	}

	/** One call that tests the session, as the button does before it syncs. */
	public function connect() {
		$result = $this->crm()->connect( null, null, true );
		$proof  = $this->agent->looks->proof( $result );
		return $this->told( 'connect', 'good' === $proof['outcome'] ? 'done' : $proof['outcome'], $proof['text'], null, null );
	}

	/** One step. With `$save` its list is stored where it is good; else it stays in the gate's hands. */
	public function step( $name, $save ) {
		list( $function, $option, $settings ) = self::STEPS[ $name ];
		$before = $this->count_of( $option );
		if ( ! method_exists( $this->crm(), $function ) ) {
			return $this->told( $name, 'kept', 'This version of WP Fusion keeps no such list.', $before, $before );
		}
		$this->agent->gate->held = array();
		$this->agent->gate->seen = null;
		$result = $this->crm()->$function();
		list( $outcome, $text ) = $this->judged( $name, $option, $result );
		if ( 'done' !== $outcome ) {
			return $this->told( $name, $outcome, $text, $before, $before );
		}
		$lists = array( $option => $this->agent->gate->held[ $option ] );
		if ( $save ) {
			$missed = $this->agent->gate->save( $this->held( $settings ), $lists );
			if ( array() !== $missed ) {
				return $this->told( $name, 'failed', 'The site did not store ' . implode( ', ', $missed ) . '.', $before, $this->count_of( $option ) );
			}
		}
		return $this->told( $name, 'done', '', $before, $this->counted( $lists[ $option ] ) );
	}

	/** The list that a step saves, and the settings. */
	public function saves( $name ) {
		return array_slice( self::STEPS[ $name ], 1 );
	}

	/** Outcome and words. An empty list is only believed where the org may truly have none. */
	private function judged( $name, $option, $result ) {
		$seen  = $this->agent->gate->seen;
		$error = null === $seen ? null : json_decode( $seen['body'], true );
		if ( 'segments' === $name && array() === $result && isset( $error[0]['errorCode'] ) && 'INVALID_TYPE' === $error[0]['errorCode'] ) {
			return array( 'kept', 'The org has no segments of this kind, or they are switched off there.' );
		}
		$proof = $this->agent->looks->proof( $result );
		if ( 'good' !== $proof['outcome'] ) {
			return array( $proof['outcome'], $proof['text'] );
		}
		if ( ! is_array( $result ) || ! array_key_exists( $option, $this->agent->gate->held ) || ! is_array( $this->agent->gate->held[ $option ] ) ) {
			return array( 'failed', 'The plugin made no list of the answer.' );
		}
		$may_be_empty = 'record_types' === $name || ( 'segments' === $name && isset( $error['records'] ) && is_array( $error['records'] ) );
		if ( 0 === $this->counted( $this->agent->gate->held[ $option ] ) && ! $may_be_empty ) {
			$picklist = (string) $this->agent->lists->picklist( array( 'sf_tag_picklist' => wp_fusion()->settings->get( 'sf_tag_picklist' ) ) );
			$why      = 'segments' === $name ? "The object has no field $picklist, or the field has no values." : 'There was nothing in the answer.';
			return array( 'kept', $why );
		}
		return array( 'done', '' );
	}

	/** What the plugin wanted to save of these settings, for the gate's `save`. */
	public function held( $settings ) {
		$wanted = isset( $this->agent->gate->held['wpf_options'] ) ? $this->agent->gate->held['wpf_options'] : array();
		$held   = array();
		foreach ( $settings as $name ) {
			if ( array_key_exists( $name, $wanted ) ) {
				$held[ $name ] = array( $wanted[ $name ] );
			}
		}
		return $held;
	}

	/** Of a list, or of a list of lists. */
	private function counted( $list ) {
		$nested = array_filter( $list, 'is_array' );
		return count( $nested ) === count( $list ) ? array_sum( array_map( 'count', $list ) ) : count( $list );
	}

	private function count_of( $option ) {
		$stored = get_option( $option, null );
		return is_array( $stored ) ? $this->counted( $stored ) : null;
	}

	private function told( $step, $outcome, $text, $before, $after ) {
		return array(
			'step'    => $step,
			'outcome' => $outcome,
			'text'    => $this->agent->site->text( $text ),
			'before'  => $before,
			'after'   => $after,
		);
	}

	private function crm() {
		return $this->agent->site->crm;
	}

	/** The connection's fingerprints at the end, and whether anything of it is another than before. */
	public function connection() {
		$now    = $this->agent->site->connection( $this->agent->site->fresh() );
		$before = $this->before;
		$tokens = 'kept';
		if ( $now !== $before ) {
			$same   = null !== $now && null !== $before && array_diff_key( $now, array( 'access_fp' => 0 ) ) === array_diff_key( $before, array( 'access_fp' => 0 ) );
			$tokens = $same && $this->agent->gate->spent ? 'refreshed' : 'changed';
		}
		return array(
			'tokens'     => $tokens,
			'access_fp'  => null === $now ? null : $now['access_fp'],
			'refresh_fp' => null === $now ? null : $now['refresh_fp'],
		);
	}
};
